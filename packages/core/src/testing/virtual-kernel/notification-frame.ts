// The form of notifications, which the kernel checks before it looks at their meaning (fs/fuse/dev.c
// fuse_notify() and what it calls).

import { Errno, NotificationCode } from '../../protocol/index.js'

/** Numbers of notifications; the protocol's own table. */
export const NotifyCode: typeof NotificationCode = NotificationCode
/** One of the numbers of `NotifyCode`. */
export type NotifyCode = NotificationCode

/** FUSE_NAME_LOW_MAX: what fc->name_max is without large pages negotiated. */
const NAME_MOST = 1024

/** Each code's own structure: its length, and how many bytes must follow it. */
interface Frame {
  readonly least: number
  readonly tail?: (body: Buffer) => number
  readonly nameLength?: (body: Buffer) => number
}

const FRAMES: Readonly<Record<number, Frame>> = {
  [NotifyCode.POLL]: { least: 8 },
  [NotifyCode.INVAL_INODE]: { least: 24 },
  [NotifyCode.INVAL_ENTRY]: named(16, 8),
  [NotifyCode.STORE]: { least: 24, tail: (body) => body.readUInt32LE(16) },
  [NotifyCode.RETRIEVE]: { least: 32 },
  [NotifyCode.DELETE]: named(24, 16),
  [NotifyCode.PRUNE]: { least: 16, tail: (body) => 8 * body.readUInt32LE(0) },
}

function named(least: number, lengthAt: number): Frame {
  const nameLength = (body: Buffer): number => body.readUInt32LE(lengthAt)
  return { least, nameLength, tail: (body) => nameLength(body) + 1 }
}

/** 0, or the negative errno with which the kernel refuses a notification of this form. */
export function checkNotification(code: number, body: Uint8Array): number {
  if (code === NotifyCode.RESEND || code === NotifyCode.INC_EPOCH) return 0
  const frame = FRAMES[code]
  if (frame === undefined || body.byteLength < frame.least) return -Errno.EINVAL
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if ((frame.nameLength?.(bytes) ?? 0) > NAME_MOST) return -Errno.ENAMETOOLONG
  const tail = frame.tail?.(bytes) ?? 0
  return bytes.byteLength === frame.least + tail ? 0 : -Errno.EINVAL
}
