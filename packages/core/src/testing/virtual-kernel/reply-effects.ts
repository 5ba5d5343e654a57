// What the kernel makes of a successful reply: it refuses contents that cannot be, and remembers the rest
// (fs/fuse/dir.c, fs/fuse/file.c). What is refused here is EIO for the client, and 'taken' for the daemon.

import { Opcode } from '../../protocol/index.js'
import type { InodeCache, OpenedFile } from './inode-cache.js'
import { bufferOf, firstHalfOf, firstWordOf, namesOf, nodeidOf } from './message-fields.js'
import { isOpenTaken } from './open-modes.js'
import { direntplusRecords } from './reply.js'
import { opcodeOf } from './request-builder.js'

const ENTRY = 128
const ATTRIBUTES_IN_ENTRY = 40
const ATTRIBUTES_IN_ATTR_OUT = 16
const STAT_IN_STATX_OUT = 32
const STATX_TYPE = 0x1
const STATX_SIZE = 0x200
const IOCTL_OUT = 16
const S_IFMT = 0o170000
const S_IFREG = 0o100000
const S_IFDIR = 0o040000
const S_IFLNK = 0o120000
/** S_IFIFO, S_IFCHR, S_IFDIR, S_IFBLK, S_IFREG, S_IFLNK, S_IFSOCK. */
const TYPES: readonly number[] = [
  0o010000, 0o020000, 0o040000, 0o060000, 0o100000, 0o120000, 0o140000,
]
const OFFSET_MAX = (1n << 63n) - 1n
const ROOT = 1n
const RENAME_EXCHANGE = 2

export interface ReplyEffect {
  /** False where the client gets EIO. */
  readonly isTaken: boolean
  /** A live nodeid came back as another type of file. */
  readonly typeChange?: { readonly nodeid: bigint; readonly from: number; readonly to: number }
  /** Whose lookup counts the reply has raised. */
  readonly counted?: readonly bigint[]
  /** An open that the daemon has made and no client gets: it is released. */
  readonly unwanted?: OpenedFile
}

type Effect = (message: Uint8Array, body: Buffer, cache: InodeCache) => ReplyEffect

const TAKEN: ReplyEffect = { isTaken: true }
const REFUSED: ReplyEffect = { isTaken: false }

/** @param wantedType of what was to be made; 0 for LOOKUP, which takes any */
function entry(wantedType: (message: Uint8Array, cache: InodeCache) => number): Effect {
  return (message, body, cache) => {
    const nodeid = body.readBigUInt64LE(0)
    const mode = body.readUInt32LE(ATTRIBUTES_IN_ENTRY + 60)
    const size = body.readBigUInt64LE(ATTRIBUTES_IN_ENTRY + 8)
    const isLookup = opcodeOf(message) === Opcode.LOOKUP
    // A negative entry, which may be cached.
    if (nodeid === 0n) return isLookup ? TAKEN : REFUSED
    if (nodeid === ROOT || !isPossible(mode, size)) return REFUSED
    const wanted = wantedType(message, cache)
    if (wanted !== 0 && wanted !== (mode & S_IFMT)) return REFUSED
    const changed = cache.addEntry({ nodeid, mode, size }, ...placeOf(message))
    const typeChange =
      changed === undefined ? {} : { typeChange: { nodeid, from: changed.type, to: mode & S_IFMT } }
    return { isTaken: true, counted: [nodeid], ...typeChange }
  }
}

/** Where the entry's name is; what TMPFILE makes has none. */
function placeOf(message: Uint8Array): [parent?: bigint, name?: string] {
  if (opcodeOf(message) === Opcode.TMPFILE) return []
  return [nodeidOf(message), namesOf(message)[0] ?? '']
}

const created: Effect = (message, body, cache) => {
  const effect = entry(() => S_IFREG)(message, body, cache)
  if (!effect.isTaken) return effect
  const openOut = body.subarray(ENTRY)
  return { ...effect, ...openedFile(body.readBigUInt64LE(0), openOut, message, cache) }
}

/** Entries of a READDIRPLUS that cannot be are passed over (fs/fuse/readdir.c fuse_direntplus_link()). */
const listed: Effect = (message, body, cache) => {
  const parent = nodeidOf(message)
  const counted: bigint[] = []
  for (const { name, entry: given } of direntplusRecords(body)) {
    const nodeid = BigInt(given.nodeid)
    const { mode, size } = given.attributes
    if (nodeid === 0n || !isPossible(mode, size)) continue
    cache.addEntry({ nodeid, mode, size }, parent, name.toString('latin1'))
    counted.push(nodeid)
  }
  return { isTaken: true, counted }
}

const attributes: Effect = (message, body, cache) => {
  const nodeid = nodeidOf(message)
  const mode = body.readUInt32LE(ATTRIBUTES_IN_ATTR_OUT + 60)
  const size = body.readBigUInt64LE(ATTRIBUTES_IN_ATTR_OUT + 8)
  if (!isPossible(mode, size)) return REFUSED
  const inode = cache.inode(nodeid)
  if (inode === undefined) return TAKEN
  const to = mode & S_IFMT
  if (inode.type !== to) return { isTaken: false, typeChange: { nodeid, from: inode.type, to } }
  inode.size = size
  inode.areAttributesValid = true
  return TAKEN
}

/** statx_out: the kernel looks at size and type where the mask has them (fs/fuse/dir.c fuse_do_statx()). */
const extended: Effect = (message, body, cache) => {
  const nodeid = nodeidOf(message)
  const mask = body.readUInt32LE(STAT_IN_STATX_OUT)
  const from = cache.inode(nodeid)?.type
  const hasType = (mask & STATX_TYPE) !== 0
  const mode = hasType ? body.readUInt16LE(STAT_IN_STATX_OUT + 28) : (from ?? S_IFREG)
  const size = (mask & STATX_SIZE) === 0 ? 0n : body.readBigUInt64LE(STAT_IN_STATX_OUT + 40)
  if (!isPossible(mode, size)) return REFUSED
  const to = mode & S_IFMT
  return from === undefined || from === to
    ? TAKEN
    : { isTaken: false, typeChange: { nodeid, from, to } }
}

const opened: Effect = (message, body, cache) => openedFile(nodeidOf(message), body, message, cache)

function openedFile(
  nodeid: bigint,
  openOut: Buffer,
  message: Uint8Array,
  cache: InodeCache,
): ReplyEffect {
  const file = openOf(nodeid, openOut, firstHalfOf(message), false, cache)
  const isTaken = isOpenTaken(file, cache.opensOf(nodeid))
  cache.addOpened({ ...file, isUnwanted: !isTaken })
  return isTaken ? TAKEN : { isTaken, unwanted: file }
}

const openedDirectory: Effect = (message, body, cache) => {
  cache.addOpened(openOf(nodeidOf(message), body, firstHalfOf(message), true, cache))
  return TAKEN
}

function openOf(
  nodeid: bigint,
  openOut: Buffer,
  flags: number,
  isDirectory: boolean,
  cache: InodeCache,
): OpenedFile {
  const fh = openOut.readBigUInt64LE(0)
  const openFlags = openOut.readUInt32LE(8)
  const backing = cache.backingOf(openOut.readUInt32LE(12))
  return { nodeid, fh, isDirectory, flags, openFlags, backing }
}

const written: Effect = (message, body) =>
  // write_in: size behind fh and offset.
  body.readUInt32LE(0) > bufferOf(message).readUInt32LE(56) ? REFUSED : TAKEN

const controlled: Effect = (message, body) =>
  // ioctl_in: out_size behind fh, flags, cmd, arg and in_size (fs/fuse/ioctl.c fuse_do_ioctl()).
  body.byteLength - IOCTL_OUT > bufferOf(message).readUInt32LE(68) ? REFUSED : TAKEN

const released: Effect = (message, _body, cache) => {
  cache.removeOpened(nodeidOf(message), firstWordOf(message))
  return TAKEN
}

const removed: Effect = (message, _body, cache) => {
  cache.removeDentry(nodeidOf(message), namesOf(message)[0] ?? '')
  return TAKEN
}

const renamed: Effect = (message, _body, cache) => {
  const [from = '', to = ''] = namesOf(message)
  cache.moveDentry(nodeidOf(message), from, firstWordOf(message), to)
  return TAKEN
}

const renamedWithFlags: Effect = (message, body, cache) => {
  // rename2_in: flags behind newdir.
  if ((bufferOf(message).readUInt32LE(48) & RENAME_EXCHANGE) === 0)
    return renamed(message, body, cache)
  const [from = '', to = ''] = namesOf(message)
  cache.exchangeDentries(nodeidOf(message), from, firstWordOf(message), to)
  return TAKEN
}

const EFFECTS: Readonly<Record<number, Effect>> = {
  [Opcode.LOOKUP]: entry(() => 0),
  [Opcode.GETATTR]: attributes,
  [Opcode.SETATTR]: attributes,
  [Opcode.STATX]: extended,
  [Opcode.SYMLINK]: entry(() => S_IFLNK),
  [Opcode.MKNOD]: entry((message) => firstHalfOf(message) & S_IFMT),
  [Opcode.MKDIR]: entry(() => S_IFDIR),
  [Opcode.LINK]: entry((message, cache) => cache.inode(firstWordOf(message))?.type ?? 0),
  [Opcode.UNLINK]: removed,
  [Opcode.RMDIR]: removed,
  [Opcode.RENAME]: renamed,
  [Opcode.RENAME2]: renamedWithFlags,
  [Opcode.READDIRPLUS]: listed,
  [Opcode.OPEN]: opened,
  [Opcode.OPENDIR]: openedDirectory,
  [Opcode.CREATE]: created,
  [Opcode.TMPFILE]: created,
  [Opcode.WRITE]: written,
  [Opcode.IOCTL]: controlled,
  [Opcode.RELEASE]: released,
  [Opcode.RELEASEDIR]: released,
}

export function applyReply(message: Uint8Array, body: Uint8Array, cache: InodeCache): ReplyEffect {
  return EFFECTS[opcodeOf(message)]?.(message, bufferOf(body), cache) ?? TAKEN
}

/** fs/fuse/dir.c fuse_invalid_attr(). */
function isPossible(mode: number, size: bigint): boolean {
  return TYPES.includes(mode & S_IFMT) && size <= OFFSET_MAX
}
