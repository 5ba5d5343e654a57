// The suites by name.

import { bonnie, dbench } from './benchmarks.mjs'
import { fsstress } from './fsstress.mjs'
import { fsx } from './fsx.mjs'
import { pjdfstest } from './pjdfstest.mjs'
import { programs } from './programs.mjs'
import { stressNg } from './stress-ng.mjs'

/**
 * A suite's `needs` names the programs it cannot do without, those that are built by their paths. Its `run` is given where it was `built`, the `path` to work in, `beneath` (the same without the mount), `scratch`
 * (a folder elsewhere), `run` and `mustRun` (commands with a deadline), `results`, `filter`, and the `scale` of times and counts.
 */
export const SUITES = { pjdfstest, fsx, fsstress, dbench, bonnie, 'stress-ng': stressNg, programs }
