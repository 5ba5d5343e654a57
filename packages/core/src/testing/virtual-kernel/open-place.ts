// open(2) on the way to the daemon: CREATE where the name leads to nothing, OPEN elsewhere, and truncation where
// OPEN does not do it (fs/namei.c lookup_open(), do_open(); fs/fuse/file.c fuse_send_open()).

import { constants } from 'node:fs'
import type { FileHandle } from '../../base/ids.js'
import type { Backing } from './backing-registry.js'
import { type ClientCalls, refusal } from './client-calls.js'
import type { ClientLimits } from './kernel-file.js'
import { passesBy } from './open-modes.js'
import { type ClientPath, isDirectory, type Place } from './path-walk.js'
import type { WireOpened } from './wire-replies.js'

/** How node:fs writes the flags of open(2). */
export type OpenFlags = 'r' | 'r+' | 'w' | 'w+' | 'wx' | 'a'

export interface OpenOrder {
  /** O_*. */
  readonly flags: number
  /** Of a file that is made, without what the umask takes. */
  readonly mode: number
  readonly umask: number
}

export interface Opened {
  readonly nodeid: bigint
  readonly fh: FileHandle
  /** Where reads and writes go by the daemon. */
  readonly backing: Backing | undefined
}

const { O_APPEND, O_CREAT, O_EXCL, O_NOCTTY, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants
const S_IFREG = 0o100000
const S_IFDIR = 0o040000
const BIT_ATOMIC_O_TRUNC = 1n << 3n

export const OPEN_FLAGS: Readonly<Record<OpenFlags, number>> = {
  r: O_RDONLY,
  'r+': O_RDWR,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  'w+': O_RDWR | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_EXCL,
  a: O_WRONLY | O_CREAT | O_APPEND,
}

/** Adds to what the place holds. @throws ClientError */
export async function openPlace(
  calls: ClientCalls,
  limits: ClientLimits,
  place: Place,
  path: ClientPath,
  order: OpenOrder,
): Promise<Opened> {
  if (place.nodeid === undefined) return await create(calls, place, path, order)
  const { flags } = order
  if ((flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0) throw refusal('EEXIST', path)
  if (isDirectory(place.entry?.attributes.mode ?? S_IFDIR)) throw refusal('EISDIR', path)
  const isAtomic = (limits.flags & BIT_ATOMIC_O_TRUNC) !== 0n
  const withheld = O_CREAT | O_EXCL | O_NOCTTY | (isAtomic ? 0 : O_TRUNC)
  const opened = await open(calls, place.nodeid, flags & ~withheld)
  if (!isAtomic && (flags & O_TRUNC) !== 0) await truncate(calls, opened, flags)
  return opened
}

async function create(
  calls: ClientCalls,
  { parent, name, held }: Place,
  path: ClientPath,
  { flags, mode, umask }: OpenOrder,
): Promise<Opened> {
  if ((flags & O_CREAT) === 0) throw refusal('ENOENT', path)
  const message = calls.request.create(parent, name, S_IFREG | mode, flags & ~O_NOCTTY, umask)
  const { entry, opened } = await calls.call(message)
  const nodeid = BigInt(entry.nodeid)
  held.push(nodeid)
  return openedAs(calls, nodeid, opened)
}

async function open(calls: ClientCalls, nodeid: bigint, flags: number): Promise<Opened> {
  const { opened } = await calls.call(calls.request.open(nodeid, flags))
  return openedAs(calls, nodeid, opened)
}

function openedAs(
  { kernel }: ClientCalls,
  nodeid: bigint,
  { fh, openFlags, backingId }: WireOpened,
): Opened {
  const backing = passesBy({ openFlags, backing: kernel.cache.backingOf(backingId) })
  return { nodeid, fh, backing }
}

/** fs/namei.c handle_truncate(): by the open file, which is closed again where that fails. */
async function truncate(calls: ClientCalls, { nodeid, fh }: Opened, flags: number): Promise<void> {
  try {
    await calls.call(calls.request.setattr(nodeid, { size: 0, fh }))
  } catch (error) {
    await calls.release(nodeid, fh, flags, false)
    throw error
  }
}
