// Operations that open, sync and close directories. What is listed in between: listing-operations.ts.

import {
  decodeFsyncdir,
  decodeOpendir,
  decodeReleasedir,
  encodeOpenOut,
  FuseOpenOut,
  InitFlag,
  Opcode,
} from '../../protocol/index.js'
import { OperationClass } from '../../ring/index.js'
import { NotSupported } from '../not-supported.js'
import { ObjectDirectory } from '../object-directory.js'
import { directoryOf, freeDirectory } from '../open-directory.js'
import { answerNothing, HANDLE_FIRST, type Operation } from '../operation.js'
import { checkOpenResult } from '../results.js'
import { rollbackContext } from '../rollback-context.js'

const opendir: Operation = {
  opcode: Opcode.OPENDIR,
  method: 'opendir',
  class: OperationClass.METADATA,
  expectsReply: true,
  invoke(serving, request) {
    const { flags } = decodeOpendir(serving.reader)
    return serving.handlers.opendir?.(serving.node(request.nodeid), flags, request.context)
  },
  encode(serving, request, result) {
    const opened = checkOpenResult(result, 'opendir')
    const { handle = 0 } = opened
    const kept =
      typeof handle === 'number' ? serving.directories.open(handle) : new ObjectDirectory(handle)
    const { low, high } = serving.handles.encode(kept)
    request.fhLow = low
    request.fhHigh = high
    request.opened = true
    encodeOpenOut(serving.replyBody(request), 0, low, high, serving.cache.directoryFlags(opened), 0)
    request.answer(0, FuseOpenOut.byteLength, 0)
  },
  fallback(serving) {
    if (serving.ring.isGranted(InitFlag.NO_OPENDIR_SUPPORT)) throw new NotSupported()
  },
  rollback(serving, request) {
    if (!request.opened) return undefined
    request.opened = false
    const directory = directoryOf(serving, request, request.fhLow, request.fhHigh)
    freeDirectory(serving, request.fhLow, request.fhHigh)
    return serving.handlers.releasedir?.(directory, rollbackContext(serving.worker))
  },
}

const releasedir: Operation = {
  opcode: Opcode.RELEASEDIR,
  method: 'releasedir',
  class: OperationClass.CONTROL,
  expectsReply: true,
  handle: HANDLE_FIRST,
  invoke(serving, request) {
    const { fhLow, fhHigh } = decodeReleasedir(serving.reader)
    const directory = directoryOf(serving, request, fhLow, fhHigh)
    freeDirectory(serving, fhLow, fhHigh)
    return serving.handlers.releasedir?.(directory, request.context)
  },
  encode: answerNothing,
  fallback(serving) {
    const { fhLow, fhHigh } = decodeReleasedir(serving.reader)
    freeDirectory(serving, fhLow, fhHigh)
  },
}

const fsyncdir: Operation = {
  opcode: Opcode.FSYNCDIR,
  method: 'fsyncdir',
  class: OperationClass.DATA,
  expectsReply: true,
  handle: HANDLE_FIRST,
  invoke(serving, request) {
    const { fhLow, fhHigh, dataOnly } = decodeFsyncdir(serving.reader)
    const directory = directoryOf(serving, request, fhLow, fhHigh)
    return serving.handlers.fsyncdir?.(directory, dataOnly, request.context)
  },
  encode: answerNothing,
}

export const DIRECTORY_OPERATIONS: readonly Operation[] = [opendir, releasedir, fsyncdir]
