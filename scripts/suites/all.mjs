// The suites by name.

import { pjdfstest } from './pjdfstest.mjs'

/**
 * A suite's `run` is given where it was built, the `path` to work in, `beneath` (the same without the mount), `scratch`
 * (a folder elsewhere), `run` (a command with a deadline), `mustRun`, `results` and `filter`.
 */
export const SUITES = { pjdfstest }
