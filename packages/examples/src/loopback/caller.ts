// New files belong to who asked for them: the thread takes the caller's ids for the one system call that makes
// them, so that set-group-ID directories, quotas and default ACLs have their say as they do beneath.

import { isMainThread } from 'node:worker_threads'
import type { RequestContext } from '@fuseloop/core'
import { umask, unshareUmask, withOwner } from '@fuseloop/native/posix'

export class Caller {
  readonly #takesIds = canTakeIds()

  constructor() {
    // A umask of the thread's own. The main thread's is the process's, and goes back after each call.
    if (!isMainThread) unshareUmask()
  }

  /** Runs the synchronous `make` as the request's caller. */
  as<V>(context: RequestContext, make: () => V): V {
    // The kernel has applied it to the mode, unless the definition takes DONT_MASK; twice is once.
    const last = umask(context.umask)
    try {
      const { uid, gid } = context
      if (!this.#takesIds || uid === undefined || gid === undefined) return make()
      return withOwner(uid, gid, undefined, make)
    } finally {
      if (isMainThread) umask(last)
    }
  }
}

const SOMEBODY = 65_534

function canTakeIds(): boolean {
  try {
    return withOwner(SOMEBODY, SOMEBODY, undefined, () => true)
  } catch {
    return false
  }
}
