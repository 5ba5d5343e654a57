// What notifications do to the kernel's caches (fs/fuse/dev.c fuse_notify_*(), fs/fuse/dir.c
// fuse_reverse_inval_entry()). Their form is checked before; RESEND is the connection's own.

import type { KernelHandle } from '../../base/ids.js'
import { Errno } from '../../protocol/index.js'
import type { InodeCache } from './inode-cache.js'
import { notifyReplyMessage } from './kernel-messages.js'
import { NotifyCode } from './notification-frame.js'

/** FUSE_EXPIRE_ONLY in the flags of INVAL_ENTRY. */
const EXPIRE_ONLY = 1
const S_IFDIR = 0o040000
const S_IFREG = 0o100000

/** What the caches ask of the connection. */
export interface NotificationEffects {
  /** Gives the references of an inode back: FORGET. */
  readonly evict: (nodeid: bigint) => void
  /** Sends what nobody answers: NOTIFY_REPLY. */
  readonly sendNoReply: (message: Uint8Array) => void
  /** NOTIFY_POLL: whoever polls under this kh looks again. */
  readonly wakePollers: (kh: KernelHandle) => void
}

type Effect = (body: Buffer, cache: InodeCache, effects: NotificationEffects) => number

function invalidateInode(body: Buffer, cache: InodeCache): number {
  const inode = cache.inode(body.readBigUInt64LE(0))
  if (inode === undefined) return -Errno.ENOENT
  inode.areAttributesValid = false
  const offset = body.readBigInt64LE(8)
  if (offset >= 0n) cache.dropPages(inode, offset, body.readBigInt64LE(16))
  return 0
}

function invalidateEntry(body: Buffer, cache: InodeCache, effects: NotificationEffects): number {
  const parent = body.readBigUInt64LE(0)
  const name = body.toString('latin1', 16, 16 + body.readUInt32LE(8))
  const error = checkParent(cache, parent)
  const dentry = cache.dentry(parent, name)
  if (error !== 0) return error
  if (dentry === undefined) return -Errno.ENOENT
  if ((body.readUInt32LE(12) & EXPIRE_ONLY) !== 0) {
    dentry.isStale = true
    return 0
  }
  dropName(cache, effects, parent, name, dentry.nodeid)
  return 0
}

function deleteEntry(body: Buffer, cache: InodeCache, effects: NotificationEffects): number {
  const parent = body.readBigUInt64LE(0)
  const child = body.readBigUInt64LE(8)
  const name = body.toString('latin1', 24, 24 + body.readUInt32LE(16))
  const error = checkParent(cache, parent)
  const dentry = cache.dentry(parent, name)
  if (error !== 0) return error
  if (dentry?.nodeid !== child) return -Errno.ENOENT
  if (cache.hasChildren(child)) return -Errno.ENOTEMPTY
  dropName(cache, effects, parent, name, child)
  return 0
}

function store(body: Buffer, cache: InodeCache): number {
  const inode = cache.inode(body.readBigUInt64LE(0))
  if (inode === undefined) return -Errno.ENOENT
  if (inode.type !== S_IFREG) return -Errno.EINVAL
  cache.storePages(inode, body.readBigUInt64LE(8), body.subarray(24))
  return 0
}

function retrieve(body: Buffer, cache: InodeCache, effects: NotificationEffects): number {
  const nodeid = body.readBigUInt64LE(8)
  const inode = cache.inode(nodeid)
  if (inode === undefined) return -Errno.ENOENT
  const offset = body.readBigUInt64LE(16)
  const data = cache.cachedBytes(inode, offset, body.readUInt32LE(24))
  effects.sendNoReply(notifyReplyMessage(body.readBigUInt64LE(0), nodeid, offset, data))
  return 0
}

function prune(body: Buffer, cache: InodeCache, effects: NotificationEffects): number {
  for (let at = 16; at < body.byteLength; at += 8) {
    const nodeid = body.readBigUInt64LE(at)
    if (cache.inode(nodeid) === undefined) continue
    cache.dropUnusedDentries(nodeid)
    if (cache.isUnused(nodeid)) effects.evict(nodeid)
  }
  return 0
}

const EFFECTS: Readonly<Record<number, Effect>> = {
  [NotifyCode.POLL]: (body, _cache, { wakePollers }) => {
    wakePollers(body.readBigUInt64LE(0))
    return 0
  },
  [NotifyCode.INVAL_INODE]: invalidateInode,
  [NotifyCode.INVAL_ENTRY]: invalidateEntry,
  [NotifyCode.STORE]: store,
  [NotifyCode.RETRIEVE]: retrieve,
  [NotifyCode.DELETE]: deleteEntry,
  [NotifyCode.INC_EPOCH]: (_body, cache) => {
    cache.makeDentriesStale()
    return 0
  },
  [NotifyCode.PRUNE]: prune,
}

/** @returns 0 or the negative errno that the daemon's write returns */
export function applyNotification(
  code: number,
  body: Uint8Array,
  cache: InodeCache,
  effects: NotificationEffects,
): number {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return EFFECTS[code]?.(bytes, cache, effects) ?? -Errno.EINVAL
}

function checkParent(cache: InodeCache, parent: bigint): number {
  const inode = cache.inode(parent)
  if (inode === undefined) return -Errno.ENOENT
  return inode.type === S_IFDIR ? 0 : -Errno.ENOTDIR
}

function dropName(
  cache: InodeCache,
  effects: NotificationEffects,
  parent: bigint,
  name: string,
  nodeid: bigint,
): void {
  cache.removeDentry(parent, name)
  if (cache.isUnused(nodeid)) effects.evict(nodeid)
}
