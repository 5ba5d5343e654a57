// Operations on extended attributes. Handlers give whole values and lists; what a client with too little room
// gets, and the answer to one that only asks for the size, is made here.

import { FsError, type Text } from '../../inode/index.js'
import {
  decodeGetxattr,
  decodeListxattr,
  decodeRemovexattr,
  decodeSetxattr,
  encodeGetxattrOut,
  FuseGetxattrOut,
  InitFlag,
  Opcode,
  SetxattrFlag,
} from '../../protocol/index.js'
import { OperationClass } from '../../ring/index.js'
import { answerNothing, type Operation } from '../operation.js'
import type { Request } from '../request.js'
import { badResult } from '../results.js'
import type { Serving } from '../serving.js'

const METADATA = { class: OperationClass.METADATA, expectsReply: true } as const
/** XATTR_SIZE_MAX and XATTR_LIST_MAX (include/uapi/linux/limits.h). */
const MAX_BYTES = 65536
/** XATTR_NAME_MAX. */
const MAX_NAME = 255

function nameOf(serving: Serving, given: { nameStart: number; nameEnd: number }): Text {
  return serving.text.decode(serving.reader.bytes, given.nameStart, given.nameEnd)
}

/**
 * A size of 0 asks how many bytes there are; with too little room the client is told so (getxattr(2)).
 * @throws FsError E2BIG beyond what Linux passes on, ERANGE beyond what the client has room for
 */
function answerSized(serving: Serving, request: Request, bytes: Uint8Array): void {
  if (bytes.byteLength > MAX_BYTES) throw new FsError('E2BIG')
  if (request.size === 0) {
    encodeGetxattrOut(serving.replyBody(request), 0, bytes.byteLength)
    request.answer(0, FuseGetxattrOut.byteLength, 0)
    return
  }
  if (bytes.byteLength > request.size) throw new FsError('ERANGE')
  request.payload.set(bytes)
  request.answer(0, 0, bytes.byteLength)
}

const setxattr: Operation = {
  ...METADATA,
  opcode: Opcode.SETXATTR,
  method: 'setxattr',
  invoke(serving, request) {
    const extended = serving.ring.isGranted(InitFlag.SETXATTR_EXT)
    const given = decodeSetxattr(serving.reader, extended)
    const name = nameOf(serving, given)
    const value = serving.ring.bytes.subarray(given.dataStart, given.dataEnd)
    request.context.killSuidGid = (given.setxattrFlags & SetxattrFlag.ACL_KILL_SGID) !== 0
    const node = serving.node(request.nodeid)
    return serving.handlers.setxattr?.(node, name, value, given.flags, request.context)
  },
  encode: answerNothing,
}

const getxattr: Operation = {
  ...METADATA,
  opcode: Opcode.GETXATTR,
  method: 'getxattr',
  cancellable: true,
  invoke(serving, request) {
    const given = decodeGetxattr(serving.reader)
    request.size = given.size
    const name = nameOf(serving, given)
    return serving.handlers.getxattr?.(serving.node(request.nodeid), name, request.context)
  },
  encode(serving, request, result) {
    if (result === undefined) throw new FsError('ENODATA')
    const value = typeof result === 'string' ? Buffer.from(result) : result
    if (!(value instanceof Uint8Array))
      throw badResult(`getxattr returned ${typeof result}, expected bytes or a string`)
    answerSized(serving, request, value)
  },
}

const listxattr: Operation = {
  ...METADATA,
  opcode: Opcode.LISTXATTR,
  method: 'listxattr',
  cancellable: true,
  invoke(serving, request) {
    request.size = decodeListxattr(serving.reader).size
    return serving.handlers.listxattr?.(serving.node(request.nodeid), request.context)
  },
  encode: (serving, request, result) => answerSized(serving, request, nameList(serving, result)),
}

/** Each name with a NUL behind it, as listxattr(2) gives them. */
function nameList(serving: Serving, names: unknown): Uint8Array {
  if (typeof names !== 'object' || names === null || !(Symbol.iterator in names))
    throw badResult(`listxattr returned ${typeof names}, expected names`)
  const parts: Uint8Array[] = []
  let length = 0
  for (const name of names as Iterable<unknown>) {
    const bytes = serving.text.encode(name)
    if (bytes.byteLength === 0 || bytes.byteLength > MAX_NAME || bytes.includes(0))
      throw badResult(`listxattr: a name is not 1 to ${MAX_NAME} bytes without NUL`)
    parts.push(bytes)
    length += bytes.byteLength + 1
    if (length > MAX_BYTES) throw new FsError('E2BIG')
  }
  const list = new Uint8Array(length)
  let end = 0
  for (const part of parts) {
    list.set(part, end)
    end += part.byteLength + 1
  }
  return list
}

const removexattr: Operation = {
  ...METADATA,
  opcode: Opcode.REMOVEXATTR,
  method: 'removexattr',
  invoke(serving, request) {
    const name = nameOf(serving, decodeRemovexattr(serving.reader))
    return serving.handlers.removexattr?.(serving.node(request.nodeid), name, request.context)
  },
  encode: answerNothing,
}

export const XATTR_OPERATIONS: readonly Operation[] = [setxattr, getxattr, listxattr, removexattr]
