// A request in one line, in libfuse's words (fuse_lowlevel.c, option debug), for those who look for a fault. Shows what
// it can of any message: nothing is checked here, and fields beyond the end are left out.

import { Opcode, opcodeName } from './opcode.js'
import {
  FuseAccessIn,
  FuseBmapIn,
  FuseCopyFileRangeIn,
  FuseCreateIn,
  FuseFallocateIn,
  FuseFileLock,
  FuseFlushIn,
  FuseGetxattrIn,
  FuseInHeader,
  FuseInitIn,
  FuseIoctlIn,
  FuseLinkIn,
  FuseLkIn,
  FuseLseekIn,
  FuseMkdirIn,
  FuseMknodIn,
  FuseOpenIn,
  FuseReadIn,
  FuseRename2In,
  FuseRenameIn,
  FuseSetattrIn,
  FuseSetxattrIn,
} from './struct-layout.js'
import { decodeText } from './text.js'

/** What is shown of an operation's struct: by name, where, and of how many bits; and where its names begin. */
interface Shape {
  readonly fields?: Readonly<Record<string, readonly [offset: number, bits: 32 | 64]>>
  /** Behind the header. */
  readonly names?: number
}

const RANGE: Shape = {
  fields: { fh: [FuseReadIn.fh, 64], offset: [FuseReadIn.offset, 64], size: [FuseReadIn.size, 32] },
}
const HANDLE: Shape = { fields: { fh: [FuseFlushIn.fh, 64] } }
const FLAGS: Shape = { fields: { flags: [FuseOpenIn.flags, 32] } }
const LOCK: Shape = {
  fields: {
    fh: [FuseLkIn.fh, 64],
    start: [FuseLkIn.lk + FuseFileLock.start, 64],
    end: [FuseLkIn.lk + FuseFileLock.end, 64],
    type: [FuseLkIn.lk + FuseFileLock.type, 32],
  },
}
const COPY: Shape = {
  fields: {
    fh: [FuseCopyFileRangeIn.fhIn, 64],
    offset: [FuseCopyFileRangeIn.offIn, 64],
    nodeid_out: [FuseCopyFileRangeIn.nodeidOut, 64],
    fh_out: [FuseCopyFileRangeIn.fhOut, 64],
    off_out: [FuseCopyFileRangeIn.offOut, 64],
    len: [FuseCopyFileRangeIn.len, 64],
  },
}

const SHAPES: Readonly<Record<number, Shape>> = {
  [Opcode.INIT]: {
    fields: {
      major: [FuseInitIn.major, 32],
      minor: [FuseInitIn.minor, 32],
      max_readahead: [FuseInitIn.maxReadahead, 32],
      flags: [FuseInitIn.flags, 32],
      flags2: [FuseInitIn.flags2, 32],
    },
  },
  [Opcode.LOOKUP]: { names: 0 },
  [Opcode.SETATTR]: {
    fields: { valid: [FuseSetattrIn.valid, 32], size: [FuseSetattrIn.size, 64] },
  },
  [Opcode.SYMLINK]: { names: 0 },
  [Opcode.MKNOD]: { names: FuseMknodIn.byteLength },
  [Opcode.MKDIR]: { names: FuseMkdirIn.byteLength },
  [Opcode.UNLINK]: { names: 0 },
  [Opcode.RMDIR]: { names: 0 },
  [Opcode.RENAME]: {
    fields: { newdir: [FuseRenameIn.newdir, 64] },
    names: FuseRenameIn.byteLength,
  },
  [Opcode.RENAME2]: {
    fields: { newdir: [FuseRename2In.newdir, 64], flags: [FuseRename2In.flags, 32] },
    names: FuseRename2In.byteLength,
  },
  [Opcode.LINK]: {
    fields: { oldnodeid: [FuseLinkIn.oldnodeid, 64] },
    names: FuseLinkIn.byteLength,
  },
  [Opcode.OPEN]: FLAGS,
  [Opcode.OPENDIR]: FLAGS,
  [Opcode.READ]: RANGE,
  [Opcode.WRITE]: RANGE,
  [Opcode.READDIR]: RANGE,
  [Opcode.READDIRPLUS]: RANGE,
  [Opcode.RELEASE]: HANDLE,
  [Opcode.RELEASEDIR]: HANDLE,
  [Opcode.FSYNC]: HANDLE,
  [Opcode.FSYNCDIR]: HANDLE,
  [Opcode.FLUSH]: HANDLE,
  [Opcode.POLL]: HANDLE,
  [Opcode.SETXATTR]: {
    fields: { size: [FuseSetxattrIn.size, 32] },
    names: FuseSetxattrIn.setxattrFlags,
  },
  [Opcode.GETXATTR]: {
    fields: { size: [FuseGetxattrIn.size, 32] },
    names: FuseGetxattrIn.byteLength,
  },
  [Opcode.LISTXATTR]: { fields: { size: [FuseGetxattrIn.size, 32] } },
  [Opcode.REMOVEXATTR]: { names: 0 },
  [Opcode.GETLK]: LOCK,
  [Opcode.SETLK]: LOCK,
  [Opcode.SETLKW]: LOCK,
  [Opcode.ACCESS]: { fields: { mask: [FuseAccessIn.mask, 32] } },
  [Opcode.CREATE]: {
    fields: { flags: [FuseCreateIn.flags, 32] },
    names: FuseCreateIn.byteLength,
  },
  [Opcode.BMAP]: { fields: { block: [FuseBmapIn.block, 64] } },
  [Opcode.IOCTL]: { fields: { fh: [FuseIoctlIn.fh, 64], cmd: [FuseIoctlIn.cmd, 32] } },
  [Opcode.FALLOCATE]: {
    fields: {
      fh: [FuseFallocateIn.fh, 64],
      offset: [FuseFallocateIn.offset, 64],
      length: [FuseFallocateIn.length, 64],
      mode: [FuseFallocateIn.mode, 32],
    },
  },
  [Opcode.LSEEK]: {
    fields: {
      fh: [FuseLseekIn.fh, 64],
      offset: [FuseLseekIn.offset, 64],
      whence: [FuseLseekIn.whence, 32],
    },
  },
  [Opcode.COPY_FILE_RANGE]: COPY,
  [Opcode.COPY_FILE_RANGE_64]: COPY,
}

/** Of these the name is the only one, and a value or an extension follows. */
const ONE_NAME: ReadonlySet<number> = new Set([
  Opcode.MKNOD,
  Opcode.MKDIR,
  Opcode.CREATE,
  Opcode.SETXATTR,
])

/**
 * The message from `start` to `end`, header first.
 * @param longSetxattr whether SETXATTR_EXT is granted: names of SETXATTR then stand 8 bytes further on
 */
export function describeRequest(
  view: DataView,
  bytes: Uint8Array,
  start: number,
  end: number,
  longSetxattr: boolean,
): string {
  const opcode = view.getUint32(start + FuseInHeader.opcode, true)
  const body = start + FuseInHeader.byteLength
  const { fields = {}, names } = SHAPES[opcode] ?? {}
  const parts = [
    `unique: ${view.getBigUint64(start + FuseInHeader.unique, true)}`,
    `opcode: ${opcodeName(opcode)} (${opcode})`,
    `nodeid: ${view.getBigUint64(start + FuseInHeader.nodeid, true)}`,
  ]
  for (const [name, [offset, bits]] of Object.entries(fields)) {
    if (body + offset + bits / 8 > end) continue
    const at = body + offset
    parts.push(`${name}: ${bits === 32 ? view.getUint32(at, true) : view.getBigUint64(at, true)}`)
  }
  if (names !== undefined) {
    const isLong = opcode === Opcode.SETXATTR && longSetxattr
    const from = body + (isLong ? FuseSetxattrIn.byteLength : names)
    const found = namesIn(bytes, from, end, ONE_NAME.has(opcode) ? 1 : 2)
    parts.push(`name: ${found.map((name) => JSON.stringify(name)).join(' ')}`)
  }
  parts.push(`pid: ${view.getUint32(start + FuseInHeader.pid, true)}`)
  return parts.join(', ')
}

function namesIn(bytes: Uint8Array, start: number, end: number, most: number): string[] {
  const names: string[] = []
  for (let from = start; from < end && names.length < most; ) {
    const zero = bytes.indexOf(0, from)
    const to = zero < 0 || zero > end ? end : zero
    names.push(decodeText(bytes, from, to))
    from = to + 1
  }
  return names
}
