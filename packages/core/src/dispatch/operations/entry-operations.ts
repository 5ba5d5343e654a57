// Operations on names: they find, make, move and remove entries of directories.
// Every reply with an entry raises that node's lookup count, before the reply is out.

import type { Nodeid } from '../../base/ids.js'
import { type Entry, FsError, type Text } from '../../inode/index.js'
import {
  decodeExtensions,
  decodeLink,
  decodeMkdir,
  decodeMknod,
  decodeName,
  decodeSymlink,
  decodeText,
  Errno,
  encodeEntryOut,
  encodeNegativeEntry,
  FuseEntryOut,
  Opcode,
  S_IFMT,
} from '../../protocol/index.js'
import { OperationClass } from '../../ring/index.js'
import type { Operation } from '../operation.js'
import type { Request } from '../request.js'
import { checkIdentity, checkObject } from '../results.js'
import type { Serving } from '../serving.js'
import { shownAttributes } from '../shown-attributes.js'

/** Raises the lookup count of an entry's node and gives its nodeid. */
export type CountNode = (
  serving: Serving,
  request: Request,
  identity: Uint8Array | undefined,
  type: number,
) => Nodeid

const countNamed: CountNode = ({ nodes }, { parent, name }, identity, type) =>
  nodes.remember(parent, name, identity, type)

/** What LINK names is known already, even where no identity says so: both names are then one node. */
const countLinked: CountNode = (serving, request, identity, type) => {
  const { nodes } = serving
  const { linked, parent, name } = request
  if (identity !== undefined || nodes.type(linked) !== type || nodes.identity(linked)?.byteLength)
    return countNamed(serving, request, identity, type)
  nodes.addName(linked, parent, name)
  return linked
}

/** '.' and '..': what they stand for is known, or gone. */
const countKnown: CountNode = ({ nodes }, { linked }) => {
  nodes.acquire(linked)
  return linked
}

/** Counts the node of (request.parent, request.name), unless `count` does, and writes its entry at the reply's start. */
export function encodeEntry(
  serving: Serving,
  request: Request,
  result: unknown,
  method: string,
  count: CountNode = countNamed,
): void {
  const entry = checkObject(result, method) as Entry
  const attributes = checkObject(entry.attributes, `${method}: attributes`) as Entry['attributes']
  const identity = checkIdentity(entry.identity, method)
  const { cache } = serving
  const type = Number(attributes.mode) & S_IFMT
  // Noted before anything can fail, so that a failure takes the count back.
  request.entryNode = count(serving, request, identity, type)
  encodeEntryOut(
    serving.replyBody(request),
    0,
    request.entryNode,
    0,
    entry.entryTimeoutMs ?? cache.entryTimeoutMs,
    entry.attributesTimeoutMs ?? cache.attributesTimeoutMs,
    shownAttributes(attributes, serving.ownership),
  )
}

/** Takes back the lookup count of an entry that did not reach the kernel. */
export function forgetEntry(serving: Serving, request: Request): void {
  if (request.entryNode !== 0) serving.nodes.forget(request.entryNode, 1)
  request.entryNode = 0
}

/** Notes (header's nodeid, name) as the entry in question and gives the name as handlers see it. */
export function noteName(serving: Serving, request: Request, start: number, end: number): Text {
  request.parent = request.nodeid
  request.name = serving.ring.bytes.subarray(start, end)
  return serving.text.decode(serving.ring.bytes, start, end)
}

/** What stands behind the names of a request that makes a node. */
export function noteExtensions(serving: Serving, request: Request): void {
  const { reader } = serving
  const { labels, group } = decodeExtensions(reader)
  request.context.supplementaryGroup = group
  if (labels.length === 0) return
  request.context.securityContexts = labels.map(({ nameStart, nameEnd, dataStart, dataEnd }) => ({
    name: decodeText(reader.bytes, nameStart, nameEnd),
    value: Buffer.from(reader.bytes.subarray(dataStart, dataEnd)),
  }))
}

function answerEntry(method: string, count?: CountNode): Operation['encode'] {
  return (serving, request, result) => {
    encodeEntry(serving, request, result, method, count)
    request.answer(0, FuseEntryOut.byteLength, 0)
  }
}

const ENTRY = { class: OperationClass.METADATA, expectsReply: true, rollback: forgetEntry } as const

const DOT = 0x2e

/**
 * The node that '.' or '..' of the header's node is, 0 for other names. Linux asks where it has only a file handle
 * (EXPORT_SUPPORT, fs/fuse/inode.c fuse_get_dentry()); handlers never see these names.
 * @throws FsError ESTALE for a node that was freed, or whose parent is not known
 */
function dotsOf({ nodes, reader }: Serving, request: Request, start: number, end: number): Nodeid {
  const length = end - start
  const isDots =
    reader.bytes[start] === DOT &&
    (length === 1 || (length === 2 && reader.bytes[start + 1] === DOT))
  if (!isDots) return 0
  const isKnown = nodes.type(request.nodeid) !== undefined
  const found = length === 1 || !isKnown ? request.nodeid : nodes.parent(request.nodeid)
  if (!isKnown || found === undefined) throw new FsError('ESTALE', 'the node is gone')
  return found
}

const lookup: Operation = {
  ...ENTRY,
  opcode: Opcode.LOOKUP,
  method: 'lookup',
  cancellable: true,
  invoke(serving, request) {
    const { nameStart, nameEnd } = decodeName(serving.reader)
    request.linked = dotsOf(serving, request, nameStart, nameEnd)
    if (request.linked !== 0) {
      const file = serving.unnamedFile(request.linked)
      return serving.handlers.getattr?.(serving.node(request.linked), file, request.context)
    }
    const name = noteName(serving, request, nameStart, nameEnd)
    return serving.handlers.lookup?.(serving.node(request.nodeid), name, request.context)
  },
  encode(serving, request, result) {
    if (request.linked !== 0) {
      encodeEntry(serving, request, { attributes: result }, 'getattr', countKnown)
    } else if (result !== undefined) {
      encodeEntry(serving, request, result, 'lookup')
    } else {
      const { negativeTimeoutMs } = serving.cache
      if (negativeTimeoutMs === 0) {
        // Said without an error, whose stack costs more than all the rest: clients look for much that is not there.
        request.answer(-Errno.ENOENT, 0, 0)
        return
      }
      encodeNegativeEntry(serving.replyBody(request), 0, negativeTimeoutMs)
    }
    request.answer(0, FuseEntryOut.byteLength, 0)
  },
}

const mknod: Operation = {
  ...ENTRY,
  opcode: Opcode.MKNOD,
  method: 'mknod',
  invoke(serving, request) {
    const { nameStart, nameEnd, mode, rdev, umask } = decodeMknod(serving.reader)
    const name = noteName(serving, request, nameStart, nameEnd)
    noteExtensions(serving, request)
    request.context.umask = umask
    return serving.handlers.mknod?.(serving.node(request.nodeid), name, mode, rdev, request.context)
  },
  encode: answerEntry('mknod'),
}

const mkdir: Operation = {
  ...ENTRY,
  opcode: Opcode.MKDIR,
  method: 'mkdir',
  invoke(serving, request) {
    const { nameStart, nameEnd, mode, umask } = decodeMkdir(serving.reader)
    const name = noteName(serving, request, nameStart, nameEnd)
    noteExtensions(serving, request)
    request.context.umask = umask
    return serving.handlers.mkdir?.(serving.node(request.nodeid), name, mode, request.context)
  },
  encode: answerEntry('mkdir'),
}

const symlink: Operation = {
  ...ENTRY,
  opcode: Opcode.SYMLINK,
  method: 'symlink',
  invoke(serving, request) {
    const { nameStart, nameEnd, targetStart, targetEnd } = decodeSymlink(serving.reader)
    const name = noteName(serving, request, nameStart, nameEnd)
    noteExtensions(serving, request)
    const target = serving.text.decode(serving.ring.bytes, targetStart, targetEnd)
    return serving.handlers.symlink?.(serving.node(request.nodeid), name, target, request.context)
  },
  encode: answerEntry('symlink'),
}

const link: Operation = {
  ...ENTRY,
  opcode: Opcode.LINK,
  method: 'link',
  // link_in: oldnodeid.
  unnamed: 40,
  invoke(serving, request) {
    const { nameStart, nameEnd, oldNodeid } = decodeLink(serving.reader)
    const name = noteName(serving, request, nameStart, nameEnd)
    const newParent = serving.node(request.nodeid)
    request.linked = oldNodeid
    const node = serving.node(oldNodeid)
    const file = serving.unnamedFile(oldNodeid)
    return serving.handlers.link?.(node, newParent, name, file, request.context)
  },
  encode: answerEntry('link', countLinked),
}

function removal(opcode: Opcode, method: 'unlink' | 'rmdir'): Operation {
  return {
    opcode,
    method,
    class: OperationClass.METADATA,
    expectsReply: true,
    invoke(serving, request) {
      const { nameStart, nameEnd } = decodeName(serving.reader)
      const name = noteName(serving, request, nameStart, nameEnd)
      return serving.handlers[method]?.(serving.node(request.nodeid), name, request.context)
    },
    encode(serving, request) {
      serving.nodes.unlink(request.parent, request.name)
      request.answer(0, 0, 0)
    },
  }
}

export const ENTRY_OPERATIONS: readonly Operation[] = [
  lookup,
  mknod,
  mkdir,
  symlink,
  link,
  removal(Opcode.UNLINK, 'unlink'),
  removal(Opcode.RMDIR, 'rmdir'),
]
