// Operations on open files.

import { FsError, type OpenResult } from '../../inode/index.js'
import {
  decodeCreate,
  decodeFlush,
  decodeFsync,
  decodeOpen,
  decodeRead,
  decodeRelease,
  decodeWrite,
  encodeOpenOut,
  encodeWriteOut,
  FuseEntryOut,
  FuseOpenOut,
  FuseWriteOut,
  Opcode,
  OpenReplyFlag,
  ProtocolError,
} from '../../protocol/index.js'
import { BODY_CAPACITY, OperationClass } from '../../ring/index.js'
import { HANDLE_FIRST, type Operation } from '../operation.js'
import type { Request } from '../request.js'
import { checkCount, checkObject, checkOpenResult } from '../results.js'
import { rollbackContext } from '../rollback-context.js'
import type { Serving } from '../serving.js'
import { encodeEntry, forgetEntry, noteName } from './entry-operations.js'

const METADATA = { class: OperationClass.METADATA, expectsReply: true } as const
const DATA = { class: OperationClass.DATA, expectsReply: true, handle: HANDLE_FIRST } as const
const CONTROL = { class: OperationClass.CONTROL, expectsReply: true, handle: HANDLE_FIRST } as const

const answerNothing: Operation['encode'] = (_serving, request) => request.answer(0, 0, 0)

function encodeOpen(
  serving: Serving,
  request: Request,
  opened: OpenResult<number | object>,
  offset: number,
): void {
  const { low, high } = serving.handles.encode(opened.handle ?? 0)
  request.fhLow = low
  request.fhHigh = high
  const flags =
    (opened.keepCache === true ? OpenReplyFlag.KEEP_CACHE : 0) |
    (opened.directIo === true ? OpenReplyFlag.DIRECT_IO : 0)
  encodeOpenOut(serving.writer, offset, low, high, flags, 0)
  request.opened = true
}

/** The kernel never got the handle, so no RELEASE will come: it is released here (pitfall of every daemon). */
function releaseOpened(serving: Serving, request: Request): unknown {
  if (!request.opened) return undefined
  request.opened = false
  const file = serving.file(request.nodeid, request.fhLow, request.fhHigh, request.flags)
  serving.handles.free(request.fhLow, request.fhHigh)
  return serving.handlers.release?.(file, rollbackContext(serving.worker))
}

const open: Operation = {
  ...METADATA,
  opcode: Opcode.OPEN,
  method: 'open',
  invoke(serving, request) {
    const { flags } = decodeOpen(serving.reader)
    request.flags = flags
    return serving.handlers.open?.(serving.node(request.nodeid), flags, request.context)
  },
  encode(serving, request, result) {
    const opened = checkOpenResult(result, 'open')
    serving.writer.reset(request.bodyOffset, request.bodyOffset + BODY_CAPACITY)
    encodeOpen(serving, request, opened, 0)
    request.answer(0, FuseOpenOut.byteLength, 0)
  },
  fallback: () => undefined,
  rollback: releaseOpened,
}

const create: Operation = {
  ...METADATA,
  opcode: Opcode.CREATE,
  method: 'create',
  invoke(serving, request) {
    const { nameStart, nameEnd, mode, flags, umask } = decodeCreate(serving.reader)
    const name = noteName(serving, request, nameStart, nameEnd)
    request.flags = flags
    request.context.umask = umask
    return serving.handlers.create?.(
      serving.node(request.nodeid),
      name,
      mode,
      flags,
      request.context,
    )
  },
  encode(serving, request, result) {
    const opened = checkOpenResult(checkObject(result, 'create'), 'create')
    serving.writer.reset(request.bodyOffset, request.bodyOffset + BODY_CAPACITY)
    // Before the entry: an entry that cannot be sent leaves an open file, to be released.
    encodeOpen(serving, request, opened, FuseEntryOut.byteLength)
    encodeEntry(serving, request, result, 'create')
    request.answer(0, FuseEntryOut.byteLength + FuseOpenOut.byteLength, 0)
  },
  rollback(serving, request) {
    const { entryNode } = request
    // The handle is of the new file, not of the directory that the request names.
    if (entryNode !== 0) request.nodeid = entryNode
    const released = releaseOpened(serving, request)
    forgetEntry(serving, request)
    return released
  },
}

const read: Operation = {
  ...DATA,
  opcode: Opcode.READ,
  method: 'read',
  cancellable: true,
  invoke(serving, request) {
    request.size = 0
    const given = decodeReadOrEnd(serving)
    // Beyond 2^53-1 there is nothing that a handler could name: the end of the file.
    if (given === undefined) return 0
    request.size = Math.min(given.size, request.payload.byteLength)
    const file = serving.file(request.nodeid, given.fhLow, given.fhHigh, given.flags)
    const buffer = request.payload.subarray(0, request.size)
    return serving.handlers.read?.(file, buffer, given.offset, request.context)
  },
  encode(_serving, request, result) {
    if (result instanceof Uint8Array) {
      checkCount(result.byteLength, request.size, 'read')
      request.ownBytes = result
      request.answer(0, 0, 0)
    } else {
      request.answer(0, 0, checkCount(result, request.size, 'read'))
    }
  },
}

function decodeReadOrEnd(serving: Serving): ReturnType<typeof decodeRead> | undefined {
  try {
    return decodeRead(serving.reader)
  } catch (error) {
    if (ProtocolError.is(error) && error.code === 'ERR_FUSE_UNSAFE_INTEGER') return undefined
    throw error
  }
}

const write: Operation = {
  ...DATA,
  opcode: Opcode.WRITE,
  method: 'write',
  invoke(serving, request) {
    const given = decodeWrite(serving.reader)
    request.size = given.dataEnd - given.dataStart
    // The last byte's offset must be a number too (design: never a rounded number).
    if (!Number.isSafeInteger(given.offset + request.size)) throw new FsError('EFBIG')
    const file = serving.file(request.nodeid, given.fhLow, given.fhHigh, given.flags)
    const buffer = request.payload.subarray(0, request.size)
    return serving.handlers.write?.(file, buffer, given.offset, request.context)
  },
  encode(serving, request, result) {
    const count = checkCount(result, request.size, 'write')
    serving.writer.reset(request.bodyOffset, request.bodyOffset + BODY_CAPACITY)
    encodeWriteOut(serving.writer, 0, count)
    request.answer(0, FuseWriteOut.byteLength, 0)
  },
}

const flush: Operation = {
  ...CONTROL,
  opcode: Opcode.FLUSH,
  method: 'flush',
  invoke(serving, request) {
    const { fhLow, fhHigh } = decodeFlush(serving.reader)
    return serving.handlers.flush?.(serving.file(request.nodeid, fhLow, fhHigh, 0), request.context)
  },
  encode: answerNothing,
}

/** Frees the handle even when the handler fails: the kernel will not name it again. */
function takeReleased(serving: Serving, request: Request): ReturnType<Serving['file']> {
  const { fhLow, fhHigh, flags } = decodeRelease(serving.reader)
  const file = serving.file(request.nodeid, fhLow, fhHigh, flags)
  serving.handles.free(fhLow, fhHigh)
  return file
}

const release: Operation = {
  ...CONTROL,
  opcode: Opcode.RELEASE,
  method: 'release',
  invoke: (serving, request) =>
    serving.handlers.release?.(takeReleased(serving, request), request.context),
  encode: answerNothing,
  fallback: (serving, request) => void takeReleased(serving, request),
}

const fsync: Operation = {
  ...DATA,
  opcode: Opcode.FSYNC,
  method: 'fsync',
  invoke(serving, request) {
    const { fhLow, fhHigh, dataOnly } = decodeFsync(serving.reader)
    const file = serving.file(request.nodeid, fhLow, fhHigh, 0)
    return serving.handlers.fsync?.(file, dataOnly, request.context)
  },
  encode: answerNothing,
}

export const FILE_OPERATIONS: readonly Operation[] = [
  open,
  create,
  read,
  write,
  flush,
  release,
  fsync,
]
