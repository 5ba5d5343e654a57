// Operations on open directories. A listing is taken once per open, at offset 0, and then read by cookie:
// from the shared table by any worker, or, when the handler gave an object as handle, from that object's worker.

import { collectListing, FsError, isPromise, type OpenFile, type Text } from '../../inode/index.js'
import {
  decodeFsyncdir,
  decodeOpendir,
  decodeReaddir,
  decodeReleasedir,
  encodeOpenOut,
  FuseOpenOut,
  Opcode,
} from '../../protocol/index.js'
import { BODY_CAPACITY, OperationClass } from '../../ring/index.js'
import { wholeRecords } from '../../session/index.js'
import { ObjectDirectory } from '../object-directory.js'
import { HANDLE_FIRST, type Operation } from '../operation.js'
import type { Request } from '../request.js'
import { checkOpenResult } from '../results.js'
import { rollbackContext } from '../rollback-context.js'
import type { Serving } from '../serving.js'

type Directory = OpenFile<Text, number | object>

/**
 * The directory as the handler knows it: with its own handle in place of ours.
 * @throws FsError EBADF when there is none, or what is open is a file
 */
function directoryOf(serving: Serving, request: Request, fhLow: number, fhHigh: number): Directory {
  const opened = serving.handles.decode(fhLow, fhHigh)
  let handle: number | object | undefined
  if (opened instanceof ObjectDirectory) handle = opened.handle
  else if (typeof opened === 'number') handle = serving.directories.handle(opened)
  if (handle === undefined) throw new FsError('EBADF', 'no such open directory')
  return { node: serving.node(request.nodeid), handle, flags: 0 }
}

function freeDirectory(serving: Serving, fhLow: number, fhHigh: number): void {
  const opened = serving.handles.decode(fhLow, fhHigh)
  if (typeof opened === 'number') serving.directories.close(opened)
  serving.handles.free(fhLow, fhHigh)
}

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
    serving.writer.reset(request.bodyOffset, request.bodyOffset + BODY_CAPACITY)
    encodeOpenOut(serving.writer, 0, low, high, serving.cache.directoryFlags(opened), 0)
    request.answer(0, FuseOpenOut.byteLength, 0)
  },
  fallback: () => undefined,
  rollback(serving, request) {
    if (!request.opened) return undefined
    request.opened = false
    const directory = directoryOf(serving, request, request.fhLow, request.fhHigh)
    freeDirectory(serving, request.fhLow, request.fhHigh)
    return serving.handlers.releasedir?.(directory, rollbackContext(serving.worker))
  },
}

const readdir: Operation = {
  opcode: Opcode.READDIR,
  method: 'readdir',
  class: OperationClass.METADATA,
  expectsReply: true,
  cancellable: true,
  handle: HANDLE_FIRST,
  invoke(serving, request) {
    const { fhLow, fhHigh, offset, size } = decodeReaddir(serving.reader)
    request.fhLow = fhLow
    request.fhHigh = fhHigh
    request.size = Math.min(size, request.payload.byteLength)
    request.position = offset
    // rewinddir(3) comes as offset 0 and must see the directory as it is by then (POSIX).
    if (offset !== 0 && readListing(serving, request) >= 0) return undefined
    const directory = directoryOf(serving, request, fhLow, fhHigh)
    const listing = serving.handlers.readdir?.(directory, request.context)
    return isPromise(listing)
      ? Promise.resolve(listing).then((entries) => collectListing(entries, serving.text))
      : collectListing(listing, serving.text)
  },
  encode(serving, request, result) {
    if (result instanceof Uint8Array) storeListing(serving, request, result)
    request.answer(0, 0, Math.max(0, readListing(serving, request)))
  },
}

function storeListing(serving: Serving, request: Request, records: Uint8Array): void {
  const opened = serving.handles.decode(request.fhLow, request.fhHigh)
  if (opened instanceof ObjectDirectory) opened.records = records
  else if (typeof opened === 'number') serving.directories.store(opened, records)
}

/** Copies records from the request's cookie on into the payload; -1 when no listing has been taken. */
function readListing(serving: Serving, request: Request): number {
  const opened = serving.handles.decode(request.fhLow, request.fhHigh)
  const target = request.payload.subarray(0, request.size)
  if (typeof opened === 'number') return serving.directories.read(opened, request.position, target)
  const records = opened instanceof ObjectDirectory ? opened.records : undefined
  if (records === undefined) return -1
  if (request.position >= records.byteLength) return 0
  const length = wholeRecords(records, request.position, request.size)
  target.set(records.subarray(request.position, request.position + length))
  return length
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
  encode: (_serving, request) => request.answer(0, 0, 0),
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
  encode: (_serving, request) => request.answer(0, 0, 0),
}

export const DIRECTORY_OPERATIONS: readonly Operation[] = [opendir, readdir, releasedir, fsyncdir]
