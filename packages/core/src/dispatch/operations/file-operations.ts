// Operations on open files.

import { FsError } from '../../inode/index.js'
import {
  decodeFlush,
  decodeFsync,
  decodeRead,
  decodeRelease,
  decodeWrite,
  encodeWriteOut,
  FuseWriteOut,
  InitFlag,
  isReadBeyondNumbers,
  Opcode,
  ReadFlag,
  ReleaseFlag,
  WriteFlag,
} from '../../protocol/index.js'

import { OperationClass } from '../../ring/index.js'
import { NotSupported } from '../not-supported.js'
import { answerNothing, HANDLE_FIRST, type Operation } from '../operation.js'
import type { Request } from '../request.js'
import { checkCount } from '../results.js'
import type { Serving } from '../serving.js'
import { writeWhole } from '../whole-write.js'
import {
  endFlock,
  endPosixLocks,
  flushEndsLocks,
  flushing,
  noteFlush,
  noteRelease,
  releasing,
} from './lock-release.js'

const DATA = { class: OperationClass.DATA, expectsReply: true, handle: HANDLE_FIRST } as const
const CONTROL = { class: OperationClass.CONTROL, expectsReply: true, handle: HANDLE_FIRST } as const

const read: Operation = {
  ...DATA,
  opcode: Opcode.READ,
  method: 'read',
  cancellable: true,
  invoke(serving, request) {
    request.size = 0
    // Beyond 2^53-1 there is nothing that a handler could name: the end of the file.
    if (isReadBeyondNumbers(serving.reader)) return 0
    const given = decodeRead(serving.reader, serving.readFields)
    request.size = Math.min(given.size, request.payload.byteLength)
    if ((given.readFlags & ReadFlag.LOCKOWNER) !== 0)
      request.context.setLockOwner(given.lockOwnerLow, given.lockOwnerHigh)
    const file = serving.file(request.nodeid, given.fhLow, given.fhHigh, given.flags)
    return serving.handlers.read?.(file, request.data, given.offset, request.context)
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

const write: Operation = {
  ...DATA,
  opcode: Opcode.WRITE,
  method: 'write',
  invoke(serving, request) {
    const given = decodeWrite(serving.reader, serving.writeFields)
    request.size = given.dataEnd - given.dataStart
    // The last byte's offset must be a number too (design: never a rounded number).
    if (!Number.isSafeInteger(given.offset + request.size)) throw new FsError('EFBIG')
    const { writeFlags } = given
    request.context.fromPageCache = (writeFlags & WriteFlag.CACHE) !== 0
    request.context.killSuidGid = (writeFlags & WriteFlag.KILL_SUIDGID) !== 0
    if ((writeFlags & WriteFlag.LOCKOWNER) !== 0)
      request.context.setLockOwner(given.lockOwnerLow, given.lockOwnerHigh)
    const file = serving.file(request.nodeid, given.fhLow, given.fhHigh, given.flags)
    const { context, data } = request
    if (!context.fromPageCache) return serving.handlers.write?.(file, data, given.offset, context)
    return writeWhole(data, given.offset, (part, position) =>
      serving.handlers.write?.(file, part, position, context),
    )
  },
  encode(serving, request, result) {
    const count = checkCount(result, request.size, 'write')
    encodeWriteOut(serving.replyBody(request), 0, count)
    request.answer(0, FuseWriteOut.byteLength, 0)
  },
}

const flush: Operation = {
  ...CONTROL,
  opcode: Opcode.FLUSH,
  method: 'flush',
  invoke: flushFile,
  // Once it is answered ENOSYS none comes any more, and with it no word of who closes (fs/fuse/file.c fuse_flush()).
  fallback(serving, request) {
    if (!flushEndsLocks(serving)) throw new NotSupported()
    return flushFile(serving, request)
  },
  encode(serving, request) {
    endPosixLocks(serving, request)
    request.answer(0, 0, 0)
  },
  rollback: endPosixLocks,
}

function flushFile(serving: Serving, request: Request): unknown {
  const given = decodeFlush(serving.reader)
  request.context.setLockOwner(given.lockOwnerLow, given.lockOwnerHigh)
  noteFlush(serving, request, given)
  const file = serving.file(request.nodeid, given.fhLow, given.fhHigh, 0)
  return flushing(serving, request, given, file, () =>
    serving.handlers.flush?.(file, request.context),
  )
}

/** Frees the handle even when the handler fails: the kernel will not name it again. */
function releaseFile(serving: Serving, request: Request): unknown {
  const given = decodeRelease(serving.reader)
  const { fhLow, fhHigh, flags } = given
  // lock_owner is set with the flag only (fs/fuse/file.c fuse_file_release()).
  if ((given.releaseFlags & ReleaseFlag.FLOCK_UNLOCK) !== 0)
    request.context.setLockOwner(given.lockOwnerLow, given.lockOwnerHigh)
  noteRelease(serving, request, given)
  const file = serving.file(request.nodeid, fhLow, fhHigh, flags)
  serving.openFiles.remove(request.nodeid, fhLow, fhHigh)
  if (serving.ring.isGranted(InitFlag.PASSTHROUGH)) serving.backingFiles.leave(request.nodeid)
  serving.freeHandle(request.nodeid, fhLow, fhHigh)
  return releasing(serving, request, given, file, () =>
    serving.handlers.release?.(file, request.context),
  )
}

const release: Operation = {
  ...CONTROL,
  opcode: Opcode.RELEASE,
  method: 'release',
  invoke: releaseFile,
  fallback: releaseFile,
  encode(serving, request) {
    endFlock(serving, request)
    request.answer(0, 0, 0)
  },
  rollback: endFlock,
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

export const FILE_OPERATIONS: readonly Operation[] = [read, write, flush, release, fsync]
