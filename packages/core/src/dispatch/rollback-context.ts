// The context of a release that no request asked for: the kernel has not taken the handle's reply.

import type { WorkerIndex } from '../base/ids.js'
import type { RequestContext } from '../session/index.js'

/**
 * The request's own context will not do: its slot may serve another client before the release settles.
 * Nobody calls, so the pid is 0 as in requests of the kernel itself.
 */
export function rollbackContext(worker: WorkerIndex): RequestContext {
  return {
    uid: undefined,
    gid: undefined,
    pid: 0,
    umask: 0,
    killSuidGid: false,
    fromPageCache: false,
    lockOwner: undefined,
    securityContexts: [],
    supplementaryGroup: undefined,
    worker,
    interrupted: false,
    signal: new AbortController().signal,
    deadline: undefined,
  }
}
