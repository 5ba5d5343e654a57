// Sizes and byte offsets of the wire structs (include/uapi/linux/fuse.h, minor 45), under the
// kernel's names in camelCase; padding is left out. `byteLength` is the sizeof, everything else an
// offset from the struct's start. test/layout.mjs of the native package compares them with the C
// compiler's view.

// Headers of every message.
/** struct fuse_in_header: what every request begins with. */
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
/** struct fuse_out_header: what every reply and notification begins with. */
export const FuseOutHeader = { byteLength: 16, len: 0, error: 4, unique: 8 } as const

// INIT.
/** struct fuse_init_in: body of INIT. Kernels below minor 36 end it before `flags2`. */
export const FuseInitIn = {
  byteLength: 64,
  major: 0,
  minor: 4,
  maxReadahead: 8,
  flags: 12,
  flags2: 16,
} as const
/** struct fuse_init_out: answer to INIT. */
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
/** struct fuse_attr: a file's attributes. Times are seconds here, nanoseconds in the words named *nsec. */
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
/** struct fuse_getattr_in: body of GETATTR. */
export const FuseGetattrIn = { byteLength: 16, getattrFlags: 0, fh: 8 } as const
/** struct fuse_attr_out: answer to GETATTR and SETATTR. */
export const FuseAttrOut = { byteLength: 104, attrValid: 0, attrValidNsec: 8, attr: 16 } as const
/** struct fuse_setattr_in: body of SETATTR; `valid` says which fields count. */
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
/** struct fuse_sx_time: a point in time of STATX. */
export const FuseSxTime = { byteLength: 16, tvSec: 0, tvNsec: 8 } as const
/** struct fuse_statx: attributes of STATX; times are FuseSxTime. */
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
/** struct fuse_statx_in: body of STATX. */
export const FuseStatxIn = {
  byteLength: 24,
  getattrFlags: 0,
  fh: 8,
  sxFlags: 16,
  sxMask: 20,
} as const
/** struct fuse_statx_out: answer to STATX. */
export const FuseStatxOut = {
  byteLength: 288,
  attrValid: 0,
  attrValidNsec: 8,
  flags: 12,
  stat: 32,
} as const

// Names and entries; names follow the fixed struct directly, NUL terminated, unpadded.
/** struct fuse_entry_out: a node and its attributes, in answers that make the kernel refer to it. */
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
/** struct fuse_mknod_in: body of MKNOD, before the name. */
export const FuseMknodIn = { byteLength: 16, mode: 0, rdev: 4, umask: 8 } as const
/** struct fuse_mkdir_in: body of MKDIR, before the name. */
export const FuseMkdirIn = { byteLength: 8, mode: 0, umask: 4 } as const
/** struct fuse_rename_in: body of RENAME, before both names. */
export const FuseRenameIn = { byteLength: 8, newdir: 0 } as const
/** struct fuse_rename2_in: body of RENAME2, before both names. */
export const FuseRename2In = { byteLength: 16, newdir: 0, flags: 8 } as const
/** struct fuse_link_in: body of LINK, before the name. */
export const FuseLinkIn = { byteLength: 8, oldnodeid: 0 } as const
/** struct fuse_create_in: body of CREATE and TMPFILE, before the name. */
export const FuseCreateIn = { byteLength: 16, flags: 0, mode: 4, umask: 8, openFlags: 12 } as const

// Open files.
/** struct fuse_open_in: body of OPEN and OPENDIR. */
export const FuseOpenIn = { byteLength: 8, flags: 0, openFlags: 4 } as const
/** struct fuse_open_out: answer to OPEN and OPENDIR; behind fuse_entry_out in that to CREATE and TMPFILE. */
export const FuseOpenOut = { byteLength: 16, fh: 0, openFlags: 8, backingId: 12 } as const
/** struct fuse_read_in: body of READ, READDIR and READDIRPLUS. */
export const FuseReadIn = {
  byteLength: 40,
  fh: 0,
  offset: 8,
  size: 16,
  readFlags: 20,
  lockOwner: 24,
  flags: 32,
} as const
/** struct fuse_write_in: body of WRITE, before the data. */
export const FuseWriteIn = {
  byteLength: 40,
  fh: 0,
  offset: 8,
  size: 16,
  writeFlags: 20,
  lockOwner: 24,
  flags: 32,
} as const
/** struct fuse_write_out: answer to WRITE and COPY_FILE_RANGE. */
export const FuseWriteOut = { byteLength: 8, size: 0 } as const
/** struct fuse_flush_in: body of FLUSH. */
export const FuseFlushIn = { byteLength: 24, fh: 0, lockOwner: 16 } as const
/** struct fuse_release_in: body of RELEASE and RELEASEDIR. */
export const FuseReleaseIn = {
  byteLength: 24,
  fh: 0,
  flags: 8,
  releaseFlags: 12,
  lockOwner: 16,
} as const
/** struct fuse_fsync_in: body of FSYNC and FSYNCDIR. */
export const FuseFsyncIn = { byteLength: 16, fh: 0, fsyncFlags: 8 } as const
/** struct fuse_access_in: body of ACCESS. */
export const FuseAccessIn = { byteLength: 8, mask: 0 } as const
/** struct fuse_kstatfs: figures of a filesystem. */
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
/** struct fuse_statfs_out: answer to STATFS. */
export const FuseStatfsOut = { byteLength: 80, st: 0 } as const
/** struct fuse_lseek_in: body of LSEEK. */
export const FuseLseekIn = { byteLength: 24, fh: 0, offset: 8, whence: 16 } as const
/** struct fuse_lseek_out: answer to LSEEK. */
export const FuseLseekOut = { byteLength: 8, offset: 0 } as const
/** struct fuse_fallocate_in: body of FALLOCATE. */
export const FuseFallocateIn = { byteLength: 32, fh: 0, offset: 8, length: 16, mode: 24 } as const
/** struct fuse_copy_file_range_in: body of COPY_FILE_RANGE and COPY_FILE_RANGE_64. */
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
/** struct fuse_copy_file_range_out: answer to COPY_FILE_RANGE_64. */
export const FuseCopyFileRangeOut = { byteLength: 8, bytesCopied: 0 } as const

// Directories; `name` is where the unterminated name starts, records are padded to 8.
/** struct fuse_dirent: a record of READDIR; `name` is where the name begins, unterminated, padded to 8 bytes. */
export const FuseDirent = {
  byteLength: 24,
  ino: 0,
  off: 8,
  namelen: 16,
  type: 20,
  name: 24,
} as const
/** struct fuse_direntplus: a record of READDIRPLUS. */
export const FuseDirentplus = { byteLength: 152, entryOut: 0, dirent: 128 } as const

// Lookup counts and interrupts.
/** struct fuse_forget_in: body of FORGET. */
export const FuseForgetIn = { byteLength: 8, nlookup: 0 } as const
/** struct fuse_batch_forget_in: body of BATCH_FORGET, before `count` times FuseForgetOne. */
export const FuseBatchForgetIn = { byteLength: 8, count: 0 } as const
/** struct fuse_forget_one: a node of BATCH_FORGET. */
export const FuseForgetOne = { byteLength: 16, nodeid: 0, nlookup: 8 } as const
/** struct fuse_interrupt_in: body of INTERRUPT. */
export const FuseInterruptIn = { byteLength: 8, unique: 0 } as const

// Extended attributes, locks, the rest.
/** struct fuse_setxattr_in: body of SETXATTR, before name and value; 8 bytes without SETXATTR_EXT. */
export const FuseSetxattrIn = { byteLength: 16, size: 0, flags: 4, setxattrFlags: 8 } as const
/** struct fuse_getxattr_in: body of GETXATTR, before the name, and of LISTXATTR. */
export const FuseGetxattrIn = { byteLength: 8, size: 0 } as const
/** struct fuse_getxattr_out: answer to GETXATTR and LISTXATTR that ask for the size. */
export const FuseGetxattrOut = { byteLength: 8, size: 0 } as const
/** struct fuse_file_lock: a range, how it is locked, and by which process. */
export const FuseFileLock = { byteLength: 24, start: 0, end: 8, type: 16, pid: 20 } as const
/** struct fuse_lk_in: body of GETLK, SETLK and SETLKW. */
export const FuseLkIn = { byteLength: 48, fh: 0, owner: 8, lk: 16, lkFlags: 40 } as const
/** struct fuse_lk_out: answer to GETLK. */
export const FuseLkOut = { byteLength: 24, lk: 0 } as const
/** struct fuse_ioctl_in: body of IOCTL, before the input. */
export const FuseIoctlIn = {
  byteLength: 32,
  fh: 0,
  flags: 8,
  cmd: 12,
  arg: 16,
  inSize: 24,
  outSize: 28,
} as const
/** struct fuse_ioctl_out: answer to IOCTL, before the output. */
export const FuseIoctlOut = { byteLength: 16, result: 0, flags: 4, inIovs: 8, outIovs: 12 } as const
/** struct fuse_poll_in: body of POLL. */
export const FusePollIn = { byteLength: 24, fh: 0, kh: 8, flags: 16, events: 20 } as const
/** struct fuse_poll_out: answer to POLL. */
export const FusePollOut = { byteLength: 8, revents: 0 } as const
/** struct fuse_bmap_in: body of BMAP. */
export const FuseBmapIn = { byteLength: 16, block: 0, blocksize: 8 } as const
/** struct fuse_bmap_out: answer to BMAP. */
export const FuseBmapOut = { byteLength: 8, block: 0 } as const
/** struct fuse_syncfs_in: body of SYNCFS, which is padding. */
export const FuseSyncfsIn = { byteLength: 8 } as const

// Extension block behind creating requests.
/** struct fuse_ext_header: a record of the extension block. */
export const FuseExtHeader = { byteLength: 8, size: 0, type: 4 } as const
/** struct fuse_supp_groups: groups of the caller, in the extension block. */
export const FuseSuppGroups = { byteLength: 4, nrGroups: 0, groups: 4 } as const
/** struct fuse_secctx_header: security labels, in the extension block. */
export const FuseSecctxHeader = { byteLength: 8, size: 0, nrSecctx: 4 } as const
/** struct fuse_secctx: one label, before its name and value. */
export const FuseSecctx = { byteLength: 8, size: 0 } as const

// Notifications, daemon to kernel, and the answer to RETRIEVE.
/** struct fuse_notify_poll_wakeup_out: NOTIFY_POLL. */
export const FuseNotifyPollWakeupOut = { byteLength: 8, kh: 0 } as const
/** struct fuse_notify_inval_inode_out: NOTIFY_INVAL_INODE. */
export const FuseNotifyInvalInodeOut = { byteLength: 24, ino: 0, off: 8, len: 16 } as const
/** struct fuse_notify_inval_entry_out: NOTIFY_INVAL_ENTRY, before the name. */
export const FuseNotifyInvalEntryOut = { byteLength: 16, parent: 0, namelen: 8, flags: 12 } as const
/** struct fuse_notify_delete_out: NOTIFY_DELETE, before the name. */
export const FuseNotifyDeleteOut = { byteLength: 24, parent: 0, child: 8, namelen: 16 } as const
/** struct fuse_notify_store_out: NOTIFY_STORE, before the data. */
export const FuseNotifyStoreOut = { byteLength: 24, nodeid: 0, offset: 8, size: 16 } as const
/** struct fuse_notify_retrieve_out: NOTIFY_RETRIEVE. */
export const FuseNotifyRetrieveOut = {
  byteLength: 32,
  notifyUnique: 0,
  nodeid: 8,
  offset: 16,
  size: 24,
} as const
/** struct fuse_notify_retrieve_in: body of NOTIFY_REPLY, before the data. */
export const FuseNotifyRetrieveIn = { byteLength: 40, offset: 8, size: 16 } as const
/** struct fuse_notify_prune_out: NOTIFY_PRUNE, before the nodeids. */
export const FuseNotifyPruneOut = { byteLength: 16, count: 0 } as const
