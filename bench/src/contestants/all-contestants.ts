import type { Contestant } from './contestant.js'
import { endpointContestants } from './endpoint.js'
import { fuseNativeContestants } from './fuse-native.js'
import { fuseloopContestants } from './fuseloop.js'
import { libfuseReferences, passthroughLl } from './libfuse.js'
import { loopbackContestants } from './loopback.js'
import { NATIVE } from './native.js'

/** In the order in which tables show them: references first. */
export function allContestants(): Contestant[] {
  return [
    ...libfuseReferences(),
    passthroughLl(),
    NATIVE,
    ...fuseloopContestants(),
    ...loopbackContestants(),
    ...fuseNativeContestants(),
    ...endpointContestants(),
  ]
}
