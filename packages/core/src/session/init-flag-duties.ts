// Every INIT flag of protocol 7.45: who honours it, when it is asked for, what it needs and excludes.
// Facts: include/uapi/linux/fuse.h and fs/fuse/inode.c process_init_reply(). docs/protocol.md is made from it.
// Rule: a row is `never` until all that it obliges to is served; what serves it turns the row.

import type { InitFlagName } from '../protocol/index.js'
import type { FlagDuty } from './flag-duty.js'

/** Older than Linux 5.4, the oldest kernel that is served. */
const OLD = 31

function asked(honouredBy: FlagDuty['honouredBy'], since: number, duty: string): FlagDuty {
  return { since, default: 'asked', honouredBy, duty }
}

function onDemand(honouredBy: FlagDuty['honouredBy'], since: number, duty: string): FlagDuty {
  return { since, default: 'onDemand', honouredBy, duty }
}

/** A flag that only tells what the kernel can do: setting it changes nothing. */
function announced(since: number, duty: string): FlagDuty {
  return { since, default: 'onDemand', honouredBy: 'kernel', duty: `announcement: ${duty}` }
}

function never(
  honouredBy: FlagDuty['honouredBy'],
  since: number,
  duty: string,
  unsupported: string,
): FlagDuty {
  return { since, default: 'never', honouredBy, duty, unsupported }
}

const VIRTIOFS = 'only virtiofs has it'

/** A row for each INIT flag. */
export const FLAG_DUTIES: Readonly<Record<InitFlagName, FlagDuty>> = {
  ASYNC_READ: asked('framework', OLD, 'several READs of one file at once, in any order'),
  POSIX_LOCKS: onDemand(
    'framework',
    OLD,
    'GETLK, SETLK and SETLKW come; FLUSH frees the locks of its owner',
  ),
  FILE_OPS: never('kernel', OLD, 'unused', 'no kernel has ever offered it'),
  ATOMIC_O_TRUNC: {
    ...onDemand(
      'handlers',
      OLD,
      'O_TRUNC stays in the flags of OPEN; no SETATTR of size 0 follows',
    ),
    needs: { methods: ['open'] },
  },
  EXPORT_SUPPORT: {
    ...onDemand('framework', OLD, "LOOKUP of '.' and '..' of any node"),
    needs: { methods: ['getattr'] },
    excludes: ['NO_EXPORT_SUPPORT'],
  },
  BIG_WRITES: asked('framework', OLD, 'WRITEs larger than a page'),
  DONT_MASK: onDemand('handlers', OLD, 'modes come unmasked; handlers apply context.umask'),
  SPLICE_WRITE: announced(OLD, 'splice(2) to the device'),
  SPLICE_MOVE: announced(OLD, 'splice(2) may move pages'),
  SPLICE_READ: announced(OLD, 'splice(2) from the device'),
  FLOCK_LOCKS: {
    ...onDemand(
      'framework',
      OLD,
      'flock(2) comes as SETLK and SETLKW; RELEASE frees the lock of its owner',
    ),
    excludes: ['NO_OPEN_SUPPORT'],
  },
  HAS_IOCTL_DIR: announced(OLD, 'IOCTL comes for directories too'),
  AUTO_INVAL_DATA: {
    ...asked('kernel', OLD, 'cached pages are dropped when attributes show another mtime or size'),
    excludes: ['EXPLICIT_INVAL_DATA'],
  },
  DO_READDIRPLUS: {
    ...asked('handlers', OLD, 'READDIRPLUS comes in place of READDIR'),
    needs: { methods: ['readdirplus'] },
  },
  READDIRPLUS_AUTO: {
    ...asked('kernel', OLD, 'READDIR and READDIRPLUS both come'),
    needs: { flags: ['DO_READDIRPLUS'], methods: ['readdir'] },
  },
  ASYNC_DIO: asked('framework', OLD, 'several direct READs and WRITEs of one file at once'),
  WRITEBACK_CACHE: {
    ...onDemand(
      'framework',
      OLD,
      'the kernel keeps written pages, size and times, and sends them later; handlers open without O_APPEND, and for reading too',
    ),
    // Times come by SETATTR before FLUSH, and close(2) fails if that does (fs/fuse/file.c fuse_flush_mtime()).
    needs: { methods: ['read', 'write', 'setattr'] },
    excludes: ['PASSTHROUGH'],
  },
  NO_OPEN_SUPPORT: {
    ...onDemand('framework', OLD, 'OPEN is answered ENOSYS once; no OPEN, RELEASE or FLUSH comes'),
    needs: { noMethods: ['open', 'create', 'tmpfile', 'release', 'flush'] },
  },
  PARALLEL_DIROPS: asked('framework', OLD, 'several LOOKUPs and READDIRs of one directory at once'),
  HANDLE_KILLPRIV: {
    ...onDemand('handlers', OLD, 'write, chown and truncate clear set-id bits and capabilities'),
    needs: { methods: ['write', 'setattr'] },
  },
  POSIX_ACL: {
    ...onDemand(
      'handlers',
      OLD,
      'system.posix_acl_* are stored and the mode follows them; implies default_permissions',
    ),
    needs: { methods: ['getxattr', 'setxattr'] },
  },
  ABORT_ERROR: asked('framework', OLD, 'after an abort the device says ECONNABORTED, not ENODEV'),
  MAX_PAGES: asked('framework', OLD, 'max_pages of the answer counts; else 32 pages a request'),
  CACHE_SYMLINKS: onDemand('kernel', OLD, "links' targets stay cached until invalidated"),
  NO_OPENDIR_SUPPORT: {
    ...onDemand(
      'framework',
      OLD,
      'OPENDIR is answered ENOSYS once; READDIR comes with no handle: cookies keep its place, or the listing is taken anew',
    ),
    needs: { noMethods: ['opendir', 'releasedir'] },
  },
  EXPLICIT_INVAL_DATA: {
    ...onDemand('kernel', OLD, 'cached pages are dropped by notification only'),
    excludes: ['AUTO_INVAL_DATA'],
  },
  MAP_ALIGNMENT: never('framework', OLD, 'alignment of DAX mappings', VIRTIOFS),
  SUBMOUNTS: never('handlers', 32, 'directories may be mounts of their own', VIRTIOFS),
  HANDLE_KILLPRIV_V2: {
    ...onDemand(
      'handlers',
      33,
      'set-id bits and capabilities are cleared where context.killSuidGid says so',
    ),
    needs: { methods: ['write', 'setattr'] },
  },
  SETXATTR_EXT: asked('framework', 33, 'SETXATTR says whether the set-group-id bit must go'),
  INIT_EXT: asked('framework', 36, 'flags of the upper word count'),
  INIT_RESERVED: never('kernel', 36, 'unused', 'the protocol reserves it'),
  SECURITY_CTX: onDemand(
    'handlers',
    36,
    'requests that make nodes carry security labels: context.securityContexts',
  ),
  HAS_INODE_DAX: never('handlers', 36, 'attributes say which files use DAX', VIRTIOFS),
  CREATE_SUPP_GROUP: onDemand(
    'handlers',
    38,
    "requests that make nodes may carry the caller's group that owns the directory: context.supplementaryGroup",
  ),
  HAS_EXPIRE_ONLY: announced(38, 'INVAL_ENTRY may expire an entry without dropping it'),
  DIRECT_IO_ALLOW_MMAP: onDemand('kernel', 39, 'files open with direct IO may be mapped shared'),
  PASSTHROUGH: {
    ...onDemand(
      'framework',
      40,
      'reads, writes and mappings of opens with a `backingFd` go to that file without the daemon',
    ),
    // FUSE_DEV_IOC_BACKING_OPEN is refused without it (fs/fuse/backing.c fuse_backing_open()).
    needs: { methods: ['open'], privilege: 'CAP_SYS_ADMIN' },
    excludes: ['WRITEBACK_CACHE'],
  },
  NO_EXPORT_SUPPORT: {
    ...onDemand('kernel', 40, 'file handles are for comparing only, not for opening'),
    excludes: ['EXPORT_SUPPORT'],
  },
  HAS_RESEND: asked(
    'framework',
    40,
    'RESEND queues all requests in flight again, and marks them: what is in hand is not run twice',
  ),
  ALLOW_IDMAP: {
    ...onDemand(
      'handlers',
      41,
      'idmapped mounts; uid and gid are undefined but where nodes are made',
    ),
    needs: { mountOption: { option: 'default_permissions', unless: 'POSIX_ACL' } },
  },
  OVER_IO_URING: onDemand(
    'framework',
    42,
    'a ring for each possible CPU is registered before any request comes: by the transport uring',
  ),
  REQUEST_TIMEOUT: onDemand(
    'framework',
    43,
    'the connection is aborted when a request is older than request_timeout; every operation has a deadline before',
  ),
}
