// Which notification the kernel takes at all, by the protocol minor that INIT has settled
// (include/uapi/linux/fuse.h, its history; HAS_EXPIRE_ONLY and HAS_RESEND came with theirs).

import { InitFlag, type NotificationName } from '../protocol/index.js'
import { ControlPage, type RequestRing } from '../ring/index.js'
import { FuseError } from './fuse-error.js'

/** What of INIT's outcome notifications depend on. */
export interface NotificationLimits {
  /** Protocol minor that both sides speak. */
  readonly minor: number
  /** Bytes: RETRIEVE gives no more at once. */
  readonly maxWrite: number
  /** AUTO_INVAL_DATA: the kernel drops pages itself where it sees another mtime or size. */
  readonly dropsChangedPages: boolean
}

/** The first protocol minor with each of them; EXPIRE_ONLY is a flag of INVAL_ENTRY. */
export const NOTIFICATION_MINOR: Readonly<Record<NotificationName | 'EXPIRE_ONLY', number>> = {
  POLL: 11,
  INVAL_INODE: 12,
  INVAL_ENTRY: 12,
  STORE: 15,
  RETRIEVE: 15,
  DELETE: 18,
  EXPIRE_ONLY: 38,
  RESEND: 40,
  INC_EPOCH: 44,
  PRUNE: 45,
}

/** @throws FuseError ERR_FUSE_NOT_SUPPORTED naming the notification and what it needs */
export function requireSupport(
  name: keyof typeof NOTIFICATION_MINOR,
  { minor }: NotificationLimits,
): void {
  const least = NOTIFICATION_MINOR[name]
  if (minor >= least) return
  throw new FuseError(
    'ERR_FUSE_NOT_SUPPORTED',
    `${name} needs protocol 7.${least}, and 7.${minor} was negotiated`,
  )
}

/** What stands in the ring once INIT was answered; undefined before. */
export function readNotificationLimits(ring: RequestRing): NotificationLimits | undefined {
  const minor = ring.view.getUint32(ControlPage.minor, true)
  if (minor === 0) return undefined
  return {
    minor,
    maxWrite: ring.view.getUint32(ControlPage.maxWrite, true),
    dropsChangedPages: ring.isGranted(InitFlag.AUTO_INVAL_DATA),
  }
}
