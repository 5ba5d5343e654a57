// Sizes and byte offsets of the wire structs (include/uapi/linux/fuse.h, minor 45), under the
// kernel's names in camelCase; padding is left out. `byteLength` is the sizeof, everything else an
// offset from the struct's start. test/layout.mjs of the native package compares them with the C
// compiler's view.

// Headers of every message.
export const FuseInHeader = {
  byteLength: 40,
  len: 0,
  opcode: 4,
  unique: 8,
  nodeid: 16,
  uid: 24,
  gid: 28,
  pid: 32,
  totalExtlen: 36,
} as const
export const FuseOutHeader = { byteLength: 16, len: 0, error: 4, unique: 8 } as const

// INIT.
export const FuseInitIn = {
  byteLength: 64,
  major: 0,
  minor: 4,
  maxReadahead: 8,
  flags: 12,
  flags2: 16,
} as const
export const FuseInitOut = {
  byteLength: 64,
  major: 0,
  minor: 4,
  maxReadahead: 8,
  flags: 12,
  maxBackground: 16,
  congestionThreshold: 18,
  maxWrite: 20,
  timeGran: 24,
  maxPages: 28,
  mapAlignment: 30,
  flags2: 32,
  maxStackDepth: 36,
  requestTimeout: 40,
} as const

// Attributes; times are seconds here and nanoseconds in the words named *nsec.
export const FuseAttr = {
  byteLength: 88,
  ino: 0,
  size: 8,
  blocks: 16,
  atime: 24,
  mtime: 32,
  ctime: 40,
  atimensec: 48,
  mtimensec: 52,
  ctimensec: 56,
  mode: 60,
  nlink: 64,
  uid: 68,
  gid: 72,
  rdev: 76,
  blksize: 80,
  flags: 84,
} as const
export const FuseGetattrIn = { byteLength: 16, getattrFlags: 0, fh: 8 } as const
export const FuseAttrOut = { byteLength: 104, attrValid: 0, attrValidNsec: 8, attr: 16 } as const
export const FuseSetattrIn = {
  byteLength: 88,
  valid: 0,
  fh: 8,
  size: 16,
  lockOwner: 24,
  atime: 32,
  mtime: 40,
  ctime: 48,
  atimensec: 56,
  mtimensec: 60,
  ctimensec: 64,
  mode: 68,
  uid: 76,
  gid: 80,
} as const
export const FuseSxTime = { byteLength: 16, tvSec: 0, tvNsec: 8 } as const
export const FuseStatx = {
  byteLength: 256,
  mask: 0,
  blksize: 4,
  attributes: 8,
  nlink: 16,
  uid: 20,
  gid: 24,
  mode: 28,
  ino: 32,
  size: 40,
  blocks: 48,
  attributesMask: 56,
  atime: 64,
  btime: 80,
  ctime: 96,
  mtime: 112,
  rdevMajor: 128,
  rdevMinor: 132,
  devMajor: 136,
  devMinor: 140,
} as const
export const FuseStatxIn = {
  byteLength: 24,
  getattrFlags: 0,
  fh: 8,
  sxFlags: 16,
  sxMask: 20,
} as const
export const FuseStatxOut = {
  byteLength: 288,
  attrValid: 0,
  attrValidNsec: 8,
  flags: 12,
  stat: 32,
} as const

// Names and entries; names follow the fixed struct directly, NUL terminated, unpadded.
export const FuseEntryOut = {
  byteLength: 128,
  nodeid: 0,
  generation: 8,
  entryValid: 16,
  attrValid: 24,
  entryValidNsec: 32,
  attrValidNsec: 36,
  attr: 40,
} as const
export const FuseMknodIn = { byteLength: 16, mode: 0, rdev: 4, umask: 8 } as const
export const FuseMkdirIn = { byteLength: 8, mode: 0, umask: 4 } as const
export const FuseRenameIn = { byteLength: 8, newdir: 0 } as const
export const FuseRename2In = { byteLength: 16, newdir: 0, flags: 8 } as const
export const FuseLinkIn = { byteLength: 8, oldnodeid: 0 } as const
export const FuseCreateIn = { byteLength: 16, flags: 0, mode: 4, umask: 8, openFlags: 12 } as const

// Open files.
export const FuseOpenIn = { byteLength: 8, flags: 0, openFlags: 4 } as const
export const FuseOpenOut = { byteLength: 16, fh: 0, openFlags: 8, backingId: 12 } as const
export const FuseReadIn = {
  byteLength: 40,
  fh: 0,
  offset: 8,
  size: 16,
  readFlags: 20,
  lockOwner: 24,
  flags: 32,
} as const
export const FuseWriteIn = {
  byteLength: 40,
  fh: 0,
  offset: 8,
  size: 16,
  writeFlags: 20,
  lockOwner: 24,
  flags: 32,
} as const
export const FuseWriteOut = { byteLength: 8, size: 0 } as const
export const FuseFlushIn = { byteLength: 24, fh: 0, lockOwner: 16 } as const
export const FuseReleaseIn = {
  byteLength: 24,
  fh: 0,
  flags: 8,
  releaseFlags: 12,
  lockOwner: 16,
} as const
export const FuseFsyncIn = { byteLength: 16, fh: 0, fsyncFlags: 8 } as const
export const FuseAccessIn = { byteLength: 8, mask: 0 } as const
export const FuseKstatfs = {
  byteLength: 80,
  blocks: 0,
  bfree: 8,
  bavail: 16,
  files: 24,
  ffree: 32,
  bsize: 40,
  namelen: 44,
  frsize: 48,
} as const
export const FuseStatfsOut = { byteLength: 80, st: 0 } as const
export const FuseLseekIn = { byteLength: 24, fh: 0, offset: 8, whence: 16 } as const
export const FuseLseekOut = { byteLength: 8, offset: 0 } as const
export const FuseFallocateIn = { byteLength: 32, fh: 0, offset: 8, length: 16, mode: 24 } as const
export const FuseCopyFileRangeIn = {
  byteLength: 56,
  fhIn: 0,
  offIn: 8,
  nodeidOut: 16,
  fhOut: 24,
  offOut: 32,
  len: 40,
  flags: 48,
} as const
export const FuseCopyFileRangeOut = { byteLength: 8, bytesCopied: 0 } as const

// Directories; `name` is where the unterminated name starts, records are padded to 8.
export const FuseDirent = {
  byteLength: 24,
  ino: 0,
  off: 8,
  namelen: 16,
  type: 20,
  name: 24,
} as const
export const FuseDirentplus = { byteLength: 152, entryOut: 0, dirent: 128 } as const

// Lookup counts and interrupts.
export const FuseForgetIn = { byteLength: 8, nlookup: 0 } as const
export const FuseBatchForgetIn = { byteLength: 8, count: 0 } as const
export const FuseForgetOne = { byteLength: 16, nodeid: 0, nlookup: 8 } as const
export const FuseInterruptIn = { byteLength: 8, unique: 0 } as const

// Extended attributes, locks, the rest.
export const FuseSetxattrIn = { byteLength: 16, size: 0, flags: 4, setxattrFlags: 8 } as const
export const FuseGetxattrIn = { byteLength: 8, size: 0 } as const
export const FuseGetxattrOut = { byteLength: 8, size: 0 } as const
export const FuseFileLock = { byteLength: 24, start: 0, end: 8, type: 16, pid: 20 } as const
export const FuseLkIn = { byteLength: 48, fh: 0, owner: 8, lk: 16, lkFlags: 40 } as const
export const FuseLkOut = { byteLength: 24, lk: 0 } as const
export const FuseIoctlIn = {
  byteLength: 32,
  fh: 0,
  flags: 8,
  cmd: 12,
  arg: 16,
  inSize: 24,
  outSize: 28,
} as const
export const FuseIoctlOut = { byteLength: 16, result: 0, flags: 4, inIovs: 8, outIovs: 12 } as const
export const FusePollIn = { byteLength: 24, fh: 0, kh: 8, flags: 16, events: 20 } as const
export const FusePollOut = { byteLength: 8, revents: 0 } as const
export const FuseBmapIn = { byteLength: 16, block: 0, blocksize: 8 } as const
export const FuseBmapOut = { byteLength: 8, block: 0 } as const
export const FuseSyncfsIn = { byteLength: 8 } as const

// Extension block behind creating requests.
export const FuseExtHeader = { byteLength: 8, size: 0, type: 4 } as const
export const FuseSuppGroups = { byteLength: 4, nrGroups: 0, groups: 4 } as const
export const FuseSecctxHeader = { byteLength: 8, size: 0, nrSecctx: 4 } as const
export const FuseSecctx = { byteLength: 8, size: 0 } as const

// Notifications, daemon to kernel, and the answer to RETRIEVE.
export const FuseNotifyPollWakeupOut = { byteLength: 8, kh: 0 } as const
export const FuseNotifyInvalInodeOut = { byteLength: 24, ino: 0, off: 8, len: 16 } as const
export const FuseNotifyInvalEntryOut = { byteLength: 16, parent: 0, namelen: 8, flags: 12 } as const
export const FuseNotifyDeleteOut = { byteLength: 24, parent: 0, child: 8, namelen: 16 } as const
export const FuseNotifyStoreOut = { byteLength: 24, nodeid: 0, offset: 8, size: 16 } as const
export const FuseNotifyRetrieveOut = {
  byteLength: 32,
  notifyUnique: 0,
  nodeid: 8,
  offset: 16,
  size: 24,
} as const
export const FuseNotifyRetrieveIn = { byteLength: 40, offset: 8, size: 16 } as const
export const FuseNotifyPruneOut = { byteLength: 16, count: 0 } as const
