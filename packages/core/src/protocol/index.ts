export { KERNEL_MAJOR, KERNEL_MINOR_MAX, KERNEL_MINOR_MIN } from './abi-version.js'
export {
  decodeGetattr,
  decodeSetattr,
  type GetattrIn,
  type SetattrIn,
  type TimeChange,
  type WireTime,
} from './decode-attributes.js'
export {
  decodeFsyncdir,
  decodeOpendir,
  decodeReaddir,
  decodeReleasedir,
  type ReaddirIn,
} from './decode-directory.js'
export {
  type CreateIn,
  decodeCreate,
  decodeLink,
  decodeMkdir,
  decodeMknod,
  decodeName,
  decodeRename,
  decodeRename2,
  decodeSymlink,
  decodeTmpfile,
  type LinkIn,
  type MkdirIn,
  type MknodIn,
  type NameIn,
  type RenameIn,
  type SymlinkIn,
  type TmpfileIn,
} from './decode-entry.js'
export { type CreateExtensions, decodeExtensions, type LabelRange } from './decode-extension.js'
export {
  type AccessIn,
  decodeAccess,
  decodeFlush,
  decodeFsync,
  decodeOpen,
  decodeRead,
  decodeRelease,
  decodeWrite,
  type FlushIn,
  type FsyncIn,
  isReadBeyondNumbers,
  type OpenIn,
  type ReadIn,
  type ReleaseIn,
  readFields,
  type WriteIn,
  writeFields,
} from './decode-file.js'
export {
  decodeBatchForget,
  decodeForget,
  decodeInterrupt,
  type ForgetOne,
  type InterruptIn,
} from './decode-forget.js'
export { decodeIoctl, type IoctlIn } from './decode-ioctl.js'
export { decodeLock, type LockIn } from './decode-lock.js'
export { decodeNotifyReply, type NotifyReply } from './decode-notify.js'
export { decodePoll, type PollIn } from './decode-poll.js'
export {
  type BmapIn,
  type CopyFileRangeIn,
  decodeBmap,
  decodeCopyFileRange,
  decodeFallocate,
  decodeLseek,
  type FallocateIn,
  type LseekIn,
} from './decode-range.js'
export { decodeInit, type InitIn } from './decode-session.js'
export { decodeStatx, type StatxIn } from './decode-statx.js'
export {
  decodeGetxattr,
  decodeListxattr,
  decodeRemovexattr,
  decodeSetxattr,
  type GetxattrIn,
  type ListxattrIn,
  type SetxattrIn,
} from './decode-xattr.js'
export { describeRequest } from './describe-request.js'
export {
  type Attributes,
  encodeAttributes,
  encodeAttrOut,
  encodeEntryOut,
  encodeNegativeEntry,
} from './encode-attributes.js'
export {
  direntLength,
  direntplusLength,
  encodeDirent,
  encodeDirentplus,
  type PlusEntry,
} from './encode-directory.js'
export {
  encodeOpenOut,
  encodeStatfsOut,
  encodeWriteOut,
  type StatfsResult,
} from './encode-file.js'
export { encodeIoctlOut } from './encode-ioctl.js'
export { encodeLkOut, type LockOut } from './encode-lock.js'
export {
  encodeNotifyDelete,
  encodeNotifyIncEpoch,
  encodeNotifyInvalEntry,
  encodeNotifyInvalInode,
  encodeNotifyPoll,
  encodeNotifyPrune,
  encodeNotifyResend,
  encodeNotifyRetrieve,
  encodeNotifyStore,
  NOTIFICATION_BODY,
  NotificationCode,
  type NotificationName,
} from './encode-notify.js'
export { encodePollOut } from './encode-poll.js'
export { encodeBmapOut, encodeCopyFileRangeOut, encodeLseekOut } from './encode-range.js'
export { encodeInitOut, type InitOut } from './encode-session.js'
export { encodeStatxOut, type StatxAttributes } from './encode-statx.js'
export type { TimeValue } from './encode-time.js'
export { encodeGetxattrOut } from './encode-xattr.js'
export { codeFromErrno, Errno, type ErrnoCode, errnoFromCode } from './errno.js'
export * from './flags/index.js'
export {
  checkInHeader,
  decodeInHeader,
  encodeOutHeader,
  headerGid,
  headerLength,
  headerNodeid,
  headerOpcode,
  headerPid,
  headerTotalExtlen,
  headerUid,
  headerUniqueHigh,
  headerUniqueLow,
  type InHeader,
  REQUEST_BODY,
  UNIQUE_RESENT,
} from './headers.js'
export { Opcode, type OpcodeName, opcodeName } from './opcode.js'
export { ProtocolError, type ProtocolErrorCode } from './protocol-error.js'
export * from './struct-layout.js'
export { decodeText, encodeText } from './text.js'
export { WireReader } from './wire-reader.js'
export { WireWriter } from './wire-writer.js'
