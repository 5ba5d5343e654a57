// Requests that name an entry of the header's node: LOOKUP and all that creates, removes or
// renames. Names are ranges of `reader.bytes`: decodeText, or a copy, makes them the handler's.

import type { Nodeid } from '../base/ids.js'
import { REQUEST_BODY } from './headers.js'
import {
  FuseCreateIn,
  FuseLinkIn,
  FuseMkdirIn,
  FuseMknodIn,
  FuseRename2In,
  FuseRenameIn,
} from './struct-layout.js'
import type { WireReader } from './wire-reader.js'

/** One name: a range of `reader.bytes`, 1 byte at least, without its NUL. */
export interface NameIn {
  /** First byte. */
  readonly nameStart: number
  /** Behind the last byte. */
  readonly nameEnd: number
}

/** Body of SYMLINK. */
export interface SymlinkIn extends NameIn {
  /** First byte of the link's target in `reader.bytes`; 1 byte at least. */
  readonly targetStart: number
  /** Behind its last byte. */
  readonly targetEnd: number
}

/** Body of MKDIR. */
export interface MkdirIn extends NameIn {
  /** Permissions only, without a file type. */
  readonly mode: number
  /** Of the caller. */
  readonly umask: number
}

/** Body of MKNOD. */
export interface MknodIn extends NameIn {
  /** With the file type; umask applied unless DONT_MASK was granted. */
  readonly mode: number
  /** In the kernel's 32-bit encoding. */
  readonly rdev: number
  /** Of the caller. */
  readonly umask: number
}

/** Body of CREATE. */
export interface CreateIn extends NameIn {
  /** O_* of the client. */
  readonly flags: number
  /** Of the new file, with its type; umask applied unless DONT_MASK was granted. */
  readonly mode: number
  /** Of the caller. */
  readonly umask: number
  /** OpenFlag. */
  readonly openFlags: number
}

/** CREATE without a name: the kernel sends "/", which says nothing. */
export type TmpfileIn = Omit<CreateIn, 'nameStart' | 'nameEnd'>

/** Body of LINK. */
export interface LinkIn extends NameIn {
  readonly oldNodeid: Nodeid
}

/** Body of RENAME and RENAME2. */
export interface RenameIn extends NameIn {
  readonly newParent: Nodeid
  /** First byte of the new name, as nameStart. */
  readonly newNameStart: number
  /** Behind its last byte. */
  readonly newNameEnd: number
  /** RenameFlag; 0 for RENAME. */
  readonly flags: number
}

/** LOOKUP, UNLINK and RMDIR. */
export function decodeName(reader: WireReader): NameIn {
  reader.name(REQUEST_BODY)
  return { nameStart: reader.nameStart, nameEnd: reader.nameEnd }
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ, ERR_FUSE_BAD_NAME */
export function decodeSymlink(reader: WireReader): SymlinkIn {
  const target = reader.name(REQUEST_BODY)
  const nameStart = reader.nameStart
  const nameEnd = reader.nameEnd
  reader.path(target)
  return { nameStart, nameEnd, targetStart: reader.nameStart, targetEnd: reader.nameEnd }
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ, ERR_FUSE_BAD_NAME */
export function decodeMkdir(reader: WireReader): MkdirIn {
  reader.require(REQUEST_BODY + FuseMkdirIn.byteLength)
  reader.name(REQUEST_BODY + FuseMkdirIn.byteLength)
  return {
    nameStart: reader.nameStart,
    nameEnd: reader.nameEnd,
    mode: reader.u32(REQUEST_BODY + FuseMkdirIn.mode),
    umask: reader.u32(REQUEST_BODY + FuseMkdirIn.umask),
  }
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ, ERR_FUSE_BAD_NAME */
export function decodeMknod(reader: WireReader): MknodIn {
  reader.require(REQUEST_BODY + FuseMknodIn.byteLength)
  reader.name(REQUEST_BODY + FuseMknodIn.byteLength)
  return {
    nameStart: reader.nameStart,
    nameEnd: reader.nameEnd,
    mode: reader.u32(REQUEST_BODY + FuseMknodIn.mode),
    rdev: reader.u32(REQUEST_BODY + FuseMknodIn.rdev),
    umask: reader.u32(REQUEST_BODY + FuseMknodIn.umask),
  }
}

/** @throws ProtocolError ERR_FUSE_SHORT_READ, ERR_FUSE_BAD_NAME */
export function decodeCreate(reader: WireReader): CreateIn {
  reader.require(REQUEST_BODY + FuseCreateIn.byteLength)
  reader.name(REQUEST_BODY + FuseCreateIn.byteLength)
  return {
    nameStart: reader.nameStart,
    nameEnd: reader.nameEnd,
    flags: reader.u32(REQUEST_BODY + FuseCreateIn.flags),
    mode: reader.u32(REQUEST_BODY + FuseCreateIn.mode),
    umask: reader.u32(REQUEST_BODY + FuseCreateIn.umask),
    openFlags: reader.u32(REQUEST_BODY + FuseCreateIn.openFlags),
  }
}

/** The header's node is the directory. Its name is not looked at: "/" is no name. */
export function decodeTmpfile(reader: WireReader): TmpfileIn {
  reader.require(REQUEST_BODY + FuseCreateIn.byteLength)
  reader.path(REQUEST_BODY + FuseCreateIn.byteLength)
  return {
    flags: reader.u32(REQUEST_BODY + FuseCreateIn.flags),
    mode: reader.u32(REQUEST_BODY + FuseCreateIn.mode),
    umask: reader.u32(REQUEST_BODY + FuseCreateIn.umask),
    openFlags: reader.u32(REQUEST_BODY + FuseCreateIn.openFlags),
  }
}

/** The header's node is the new parent. */
export function decodeLink(reader: WireReader): LinkIn {
  reader.require(REQUEST_BODY + FuseLinkIn.byteLength)
  reader.name(REQUEST_BODY + FuseLinkIn.byteLength)
  return {
    nameStart: reader.nameStart,
    nameEnd: reader.nameEnd,
    oldNodeid: reader.u64Safe(REQUEST_BODY + FuseLinkIn.oldnodeid),
  }
}

/** The header's node is the old parent. */
export function decodeRename(reader: WireReader): RenameIn {
  reader.require(REQUEST_BODY + FuseRenameIn.byteLength)
  const newParent = reader.u64Safe(REQUEST_BODY + FuseRenameIn.newdir)
  return renameNames(reader, REQUEST_BODY + FuseRenameIn.byteLength, newParent, 0)
}

/** The header's node is the old parent. */
export function decodeRename2(reader: WireReader): RenameIn {
  reader.require(REQUEST_BODY + FuseRename2In.byteLength)
  const newParent = reader.u64Safe(REQUEST_BODY + FuseRename2In.newdir)
  const flags = reader.u32(REQUEST_BODY + FuseRename2In.flags)
  return renameNames(reader, REQUEST_BODY + FuseRename2In.byteLength, newParent, flags)
}

function renameNames(
  reader: WireReader,
  offset: number,
  newParent: Nodeid,
  flags: number,
): RenameIn {
  const newName = reader.name(offset)
  const nameStart = reader.nameStart
  const nameEnd = reader.nameEnd
  reader.name(newName)
  return {
    nameStart,
    nameEnd,
    newParent,
    newNameStart: reader.nameStart,
    newNameEnd: reader.nameEnd,
    flags,
  }
}
