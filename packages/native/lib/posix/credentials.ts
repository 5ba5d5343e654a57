// What the kernel takes this thread for. All of it is the thread's own, never the process's, and nothing
// may await between taking and restoring.

import { calls } from './calls.js'
import { check } from './posix-error.js'

/**
 * Runs `make` with new files belonging to (uid, gid), and restores. Capabilities stay: it is about who owns,
 * not about who may. Needs CAP_SETUID and CAP_SETGID.
 * @param groups supplementary groups meanwhile; the process's own if absent
 * @param make must be synchronous
 * @throws PosixError EPERM when the ids cannot be taken
 */
export function withOwner<V>(
  uid: number,
  gid: number,
  groups: readonly number[] | undefined,
  make: () => V,
): V {
  const count = groups === undefined ? -1 : groups.length
  const list = groups && new Uint8Array(Uint32Array.from(groups).buffer)
  check(calls.assumeOwner(uid, gid, count, list), 'setfsuid')
  try {
    return make()
  } finally {
    calls.resumeOwner()
  }
}

/** Gives this thread a umask, and a working directory, of its own. For worker threads. */
export function unshareUmask(): void {
  check(calls.unshareUmask(), 'unshare')
}

/** Sets the umask of this thread and of those that share it; returns the last one. */
export function umask(mask: number): number {
  return calls.umask(mask)
}

/** Runs `write` as one whose writes clear set-ID bits (without CAP_FSETID), and restores. Synchronous. */
export function withoutFsetid<V>(write: () => V): V {
  check(calls.holdFsetid(0), 'capset')
  try {
    return write()
  } finally {
    calls.holdFsetid(1)
  }
}
