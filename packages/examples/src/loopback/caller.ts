// New files belong to who asked for them: the thread takes the caller's ids for the one system call that makes
// them, so that set-group-ID directories, quotas and default ACLs have their say as they do beneath.

import { constants, readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import type { RequestContext } from '@fuseloop/core'
import { fstatx, umask, unshareUmask, withOwner, withoutFsetid } from '@fuseloop/native/posix'

const { S_IXGRP } = constants
/** Of <sys/stat.h>; node:fs has no name for it. */
const S_ISGID = 0o2000

export class Caller {
  readonly #takesIds = canTakeIds()
  readonly #uid = process.geteuid?.()
  readonly #gid = process.getegid?.()
  /** The thread's own, so that it is set only when it changes. */
  #umask: number | undefined

  constructor() {
    // A umask of the thread's own. The main thread's is the process's, and goes back after each call.
    if (!isMainThread) unshareUmask()
  }

  /** Runs the synchronous `make` as the request's caller. */
  as<V>(context: RequestContext, make: () => V): V {
    // The kernel has applied it to the mode, unless the definition takes DONT_MASK; twice is once.
    if (!isMainThread) {
      if (context.umask !== this.#umask) umask(context.umask)
      this.#umask = context.umask
      return this.#asOwner(context, make)
    }
    const last = umask(context.umask)
    try {
      return this.#asOwner(context, make)
    } finally {
      umask(last)
    }
  }

  #asOwner<V>(context: RequestContext, make: () => V): V {
    const { uid, gid, supplementaryGroup: group } = context
    if (!this.#takesIds || uid === undefined || gid === undefined) return make()
    // What the thread has already: taking and restoring ids are nine system calls.
    if (uid === this.#uid && gid === this.#gid && group === undefined) return make()
    return withOwner(uid, gid, group === undefined ? undefined : [group], make)
  }

  /** Runs the synchronous `change` of the file that `fd` is of so that it clears the set-ID bits the caller's would. */
  changing<V>(context: RequestContext, fd: number, change: () => V): V {
    if (!context.killSuidGid) return change()
    const { uid, gid, pid } = context
    if (!this.#takesIds || uid === undefined || gid === undefined || !keepsForGroup(fd))
      return withoutFsetid(change)
    return withoutFsetid(() => withOwner(uid, gid, groupsOf(pid), change))
  }

  /**
   * The same for an owner, a group or an ACL, of which no request tells whether the caller has CAP_FSETID.
   * @param groups supplementary ones; those of the calling process if absent
   */
  changingGroup<V>(context: RequestContext, change: () => V, groups = groupsOf(context.pid)): V {
    const { uid, gid } = context
    // Root is taken to have CAP_FSETID, which no request tells.
    if (!this.#takesIds || !uid || gid === undefined) return change()
    return withoutFsetid(() => withOwner(uid, gid, groups, change))
  }
}

/** Without execution by the group, its members keep the set-group-ID bit (fs/attr.c setattr_should_drop_sgid()). */
function keepsForGroup(fd: number): boolean {
  return (Number(fstatx(fd).mode) & (S_ISGID | S_IXGRP)) === S_ISGID
}

/** The request does not carry them (fs/fuse/dev.c fuse_get_req()); none for a caller of another pid namespace. */
function groupsOf(pid: number): number[] {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    const list = /^Groups:\s*(.*)$/m.exec(status)?.[1] ?? ''
    return list.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
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
