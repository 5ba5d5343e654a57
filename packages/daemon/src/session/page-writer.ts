// Has the kernel write back what it keeps dirty in its page cache, before a connection is ended by force. By
// INVAL_INODE, which writes dirty pages and waits for their WRITEs (mm/truncate.c invalidate_inode_pages2_range());
// syncfs(2) needs a directory opened on the mount, and does not wait for FUSE's writes (fs/fuse/inode.c fuse_sync_fs()).

import { setTimeout as delay } from 'node:timers/promises'
import type { Notifier } from '@fuseloop/core/session'

/**
 * Resolves when all is written, or after `limitMs`.
 * @param nodes that are open for writing; of closed files the kernel keeps nothing dirty
 * @returns those of which pages may not be written
 */
export async function writeBackPages(
  notify: Pick<Notifier, 'invalidateInode'>,
  nodes: readonly number[],
  limitMs: number,
): Promise<readonly number[]> {
  const pending = new Set(nodes)
  const writing = nodes.map(async (node) => {
    // What the kernel refuses tells nothing of the pages: WRITEs that fail are counted where they are answered.
    await notify.invalidateInode(node, { offset: 0 }).catch(() => undefined)
    pending.delete(node)
  })
  const timer = new AbortController()
  const late = delay(limitMs, undefined, { signal: timer.signal }).catch(() => undefined)
  await Promise.race([Promise.all(writing), late])
  timer.abort()
  return [...pending]
}
