// Notifications: messages that the daemon writes of itself (fs/fuse/dev.c fuse_notify()). Each function gives one
// whole message; unlike replies they do not stand in a slot. Cold path: they are made on the heap.

import type { High32, Low32, Nodeid } from '../base/ids.js'
import { checkName } from './name-check.js'
import { ProtocolError } from './protocol-error.js'
import {
  FuseNotifyDeleteOut,
  FuseNotifyInvalEntryOut,
  FuseNotifyInvalInodeOut,
  FuseNotifyPollWakeupOut,
  FuseNotifyPruneOut,
  FuseNotifyRetrieveOut,
  FuseNotifyStoreOut,
  FuseOutHeader,
} from './struct-layout.js'
import { WireWriter } from './wire-writer.js'

/** fuse_notify_code, which stands where a reply has its error. */
export const NotificationCode = {
  POLL: 1,
  INVAL_INODE: 2,
  INVAL_ENTRY: 3,
  STORE: 4,
  RETRIEVE: 5,
  DELETE: 6,
  RESEND: 7,
  INC_EPOCH: 8,
  PRUNE: 9,
} as const
export type NotificationCode = (typeof NotificationCode)[keyof typeof NotificationCode]
/** A notification by the kernel's name without FUSE_NOTIFY_. */
export type NotificationName = keyof typeof NotificationCode

/** Where the notification's own struct begins. */
export const NOTIFICATION_BODY: number = FuseOutHeader.byteLength
/** FUSE_NAME_LOW_MAX: longer names are ENAMETOOLONG. */
const MAX_NAME = 1024
/** FUSE_EXPIRE_ONLY. */
const EXPIRE_ONLY = 1
const U32_MAX = 0xffff_ffff

/** Wakes whoever polls under `kh`, which POLL has brought: two words, opaque. */
export function encodeNotifyPoll(khLow: Low32<'kh'>, khHigh: High32<'kh'>): Uint8Array {
  const { message, writer } = begin(NotificationCode.POLL, FuseNotifyPollWakeupOut.byteLength)
  writer.words(NOTIFICATION_BODY + FuseNotifyPollWakeupOut.kh, khLow, khHigh)
  return message
}

/**
 * Attributes become stale; with `offset` from 0 the pages of `length` bytes from there too.
 * @param offset in bytes; negative: attributes only
 * @param length in bytes; 0 and less: to the end
 */
export function encodeNotifyInvalInode(nodeid: Nodeid, offset: number, length: number): Uint8Array {
  const { message, writer } = begin(
    NotificationCode.INVAL_INODE,
    FuseNotifyInvalInodeOut.byteLength,
  )
  writer.u64(NOTIFICATION_BODY + FuseNotifyInvalInodeOut.ino, nodeid)
  writer.i64(NOTIFICATION_BODY + FuseNotifyInvalInodeOut.off, offset)
  writer.i64(NOTIFICATION_BODY + FuseNotifyInvalInodeOut.len, length)
  return message
}

/**
 * The kernel forgets what `name` in `parent` stands for.
 * @param expireOnly it is only looked up again at its next use (minor 38): mounts on it stay
 * @throws ProtocolError ERR_FUSE_BAD_NAME
 */
export function encodeNotifyInvalEntry(
  parent: Nodeid,
  name: Uint8Array,
  expireOnly: boolean,
): Uint8Array {
  checkName(name, MAX_NAME, 'a notification')
  const fixed = FuseNotifyInvalEntryOut.byteLength
  const { message, writer } = begin(NotificationCode.INVAL_ENTRY, fixed + name.byteLength + 1)
  writer.u64(NOTIFICATION_BODY + FuseNotifyInvalEntryOut.parent, parent)
  writer.u32(NOTIFICATION_BODY + FuseNotifyInvalEntryOut.namelen, name.byteLength)
  writer.u32(NOTIFICATION_BODY + FuseNotifyInvalEntryOut.flags, expireOnly ? EXPIRE_ONLY : 0)
  message.set(name, NOTIFICATION_BODY + fixed)
  return message
}

/** As INVAL_ENTRY, and `child` counts as deleted. @throws ProtocolError ERR_FUSE_BAD_NAME */
export function encodeNotifyDelete(parent: Nodeid, child: Nodeid, name: Uint8Array): Uint8Array {
  checkName(name, MAX_NAME, 'a notification')
  const fixed = FuseNotifyDeleteOut.byteLength
  const { message, writer } = begin(NotificationCode.DELETE, fixed + name.byteLength + 1)
  writer.u64(NOTIFICATION_BODY + FuseNotifyDeleteOut.parent, parent)
  writer.u64(NOTIFICATION_BODY + FuseNotifyDeleteOut.child, child)
  writer.u32(NOTIFICATION_BODY + FuseNotifyDeleteOut.namelen, name.byteLength)
  message.set(name, NOTIFICATION_BODY + fixed)
  return message
}

/** Puts bytes into the page cache, and the file's end behind them if it was before. `data` is copied. */
export function encodeNotifyStore(nodeid: Nodeid, offset: number, data: Uint8Array): Uint8Array {
  const fixed = FuseNotifyStoreOut.byteLength
  const { message, writer } = begin(NotificationCode.STORE, fixed + data.byteLength)
  writer.u64(NOTIFICATION_BODY + FuseNotifyStoreOut.nodeid, nodeid)
  writer.u64(NOTIFICATION_BODY + FuseNotifyStoreOut.offset, offset)
  writer.u32(NOTIFICATION_BODY + FuseNotifyStoreOut.size, data.byteLength)
  message.set(data, NOTIFICATION_BODY + fixed)
  return message
}

/**
 * Asks for what is cached. notify_unique is 0 here: whoever writes the message gives it one, by which
 * NOTIFY_REPLY comes back.
 */
export function encodeNotifyRetrieve(nodeid: Nodeid, offset: number, size: number): Uint8Array {
  if (!Number.isInteger(size) || size < 0 || size > U32_MAX)
    throw new ProtocolError('ERR_FUSE_BAD_VALUE', `a size to retrieve is ${size}`)
  const { message, writer } = begin(NotificationCode.RETRIEVE, FuseNotifyRetrieveOut.byteLength)
  writer.u64(NOTIFICATION_BODY + FuseNotifyRetrieveOut.nodeid, nodeid)
  writer.u64(NOTIFICATION_BODY + FuseNotifyRetrieveOut.offset, offset)
  writer.u32(NOTIFICATION_BODY + FuseNotifyRetrieveOut.size, size)
  return message
}

/** All requests in flight are queued again, their uniques with bit 63 set. */
export function encodeNotifyResend(): Uint8Array {
  return begin(NotificationCode.RESEND, 0).message
}

/** Every name is looked up again at its next use. */
export function encodeNotifyIncEpoch(): Uint8Array {
  return begin(NotificationCode.INC_EPOCH, 0).message
}

/** The kernel drops what nobody uses of these nodes; unknown ones are skipped. */
export function encodeNotifyPrune(nodeids: readonly Nodeid[]): Uint8Array {
  const fixed = FuseNotifyPruneOut.byteLength
  const { message, writer } = begin(NotificationCode.PRUNE, fixed + 8 * nodeids.length)
  writer.u32(NOTIFICATION_BODY + FuseNotifyPruneOut.count, nodeids.length)
  for (const [index, nodeid] of nodeids.entries())
    writer.u64(NOTIFICATION_BODY + fixed + 8 * index, nodeid)
  return message
}

/** A zeroed message with its header: unique 0 is what makes it a notification. */
function begin(
  code: NotificationCode,
  bodyLength: number,
): { message: Uint8Array; writer: WireWriter } {
  const message = new Uint8Array(NOTIFICATION_BODY + bodyLength)
  const writer = new WireWriter(new DataView(message.buffer), message)
  writer.reset(0, message.byteLength)
  writer.claim(0, message.byteLength)
  writer.u32(FuseOutHeader.len, message.byteLength)
  writer.i32(FuseOutHeader.error, code)
  return { message, writer }
}
