// Open directories by their wire handle: the shared table's for any worker, or, when the handler gave an object as
// handle, those of the object's worker.

import type { High32, Low32 } from '../base/ids.js'
import { FsError, type OpenFile, type Text } from '../inode/index.js'
import { InitFlag } from '../protocol/index.js'
import { wholeRecords } from '../session/index.js'
import { ObjectDirectory } from './object-directory.js'
import type { Request } from './request.js'
import type { Serving } from './serving.js'

export type Directory = OpenFile<Text, number | object>

/**
 * The directory as the handler knows it: with its own handle in place of ours.
 * @throws FsError EBADF when there is none, or what is open is a file
 */
export function directoryOf(
  serving: Serving,
  request: Request,
  fhLow: Low32<'fh'>,
  fhHigh: High32<'fh'>,
): Directory {
  const opened = serving.handles.decode(fhLow, fhHigh)
  let handle: number | object | undefined
  if (opened instanceof ObjectDirectory) handle = opened.handle
  else if (typeof opened === 'number') handle = serving.directories.handle(opened)
  // Nothing is open, and the kernel says so by 0; ids begin at 1.
  if (opened === 0 && serving.ring.isGranted(InitFlag.NO_OPENDIR_SUPPORT)) handle = 0
  if (handle === undefined) throw new FsError('EBADF', 'no such open directory')
  return { node: serving.node(request.nodeid), handle, flags: 0 }
}

export function freeDirectory(serving: Serving, fhLow: Low32<'fh'>, fhHigh: High32<'fh'>): void {
  const opened = serving.handles.decode(fhLow, fhHigh)
  if (typeof opened === 'number') serving.directories.close(opened)
  serving.handles.free(fhLow, fhHigh)
}

/** @param records none for a listing that is streamed: what is kept of an earlier one goes */
export function storeListing(serving: Serving, request: Request, records: Uint8Array): void {
  const opened = serving.handles.decode(request.fhLow, request.fhHigh)
  if (typeof opened === 'number') serving.directories.store(opened, records)
  else if (opened instanceof ObjectDirectory)
    opened.records = records.byteLength === 0 ? undefined : records
}

/** Copies records from `position` on into `target`; -1 when no listing is kept. */
export function readListing(
  serving: Serving,
  request: Request,
  position: number,
  target: Uint8Array,
): number {
  const opened = serving.handles.decode(request.fhLow, request.fhHigh)
  if (typeof opened === 'number') return serving.directories.read(opened, position, target)
  const records = opened instanceof ObjectDirectory ? opened.records : undefined
  return records === undefined ? -1 : copyRecords(records, position, target)
}

/** Copies whole records from `position` on; returns their length. */
export function copyRecords(records: Uint8Array, position: number, target: Uint8Array): number {
  if (position >= records.byteLength) return 0
  const length = wholeRecords(records, position, target.byteLength)
  target.set(records.subarray(position, position + length))
  return length
}
