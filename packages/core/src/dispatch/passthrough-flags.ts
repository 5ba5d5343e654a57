// What the reply to an open says on a mount with PASSTHROUGH (fs/fuse/iomode.c fuse_file_passthrough_open()).

import type { OpenResult } from '../inode/index.js'
import { OpenReplyFlag } from '../protocol/index.js'

/** What may go with PASSTHROUGH; anything else is EIO for the client. */
const COMPANIONS =
  OpenReplyFlag.DIRECT_IO | OpenReplyFlag.NOFLUSH | OpenReplyFlag.PARALLEL_DIRECT_WRITES

/** -1 for none: what has no file position cannot be passed through. */
export function backingDescriptor(opened: OpenResult<number | object>): number {
  if (opened.nonseekable === true || opened.stream === true) return -1
  return opened.backingFd ?? -1
}

/**
 * FOPEN_* of an open that has joined the node's others.
 * @param flags of an ordinary open, by the handler's word and the mount's cache setting
 * @param joined as BackingFiles.join() gives it
 * @param isDirect the handler wants reads and writes to come, whatever the cache setting
 */
export function passthroughFlags(flags: number, joined: number, isDirect: boolean): number {
  // Pages of earlier opens may be older than what was written past them.
  if (joined === 0) return flags & ~OpenReplyFlag.KEEP_CACHE
  const kept = (flags & COMPANIONS) | OpenReplyFlag.PASSTHROUGH
  if (joined < 0 || isDirect) return kept | OpenReplyFlag.DIRECT_IO
  return kept & ~OpenReplyFlag.DIRECT_IO
}
