// What the compiler must take and refuse of named numbers. `npx tsc --build` is the test: it fails where one of these
// lines compiles that should not, or the other way round.

import { defineFilesystem, defineInodeFilesystem, type PollHandle } from '@fuseloop/core'
import type { Dispatcher } from '@fuseloop/core/dispatch'
import type { FileHandleTable, InodeNode, OpenFile } from '@fuseloop/core/inode'
import {
  type decodeFlush,
  type decodeForget,
  type decodeLink,
  type decodePoll,
  encodeEntryOut,
  encodeNotifyPoll,
  encodeOpenOut,
  encodeOutHeader,
  type WireWriter,
} from '@fuseloop/core/protocol'
import type { RequestRing } from '@fuseloop/core/ring'
import type {
  DirectoryTable,
  InFlightRequests,
  LockManager,
  NodeTable,
  Notifier,
  OpenFileTable,
} from '@fuseloop/core/session'
import { wordOf } from '../../dist/base/ids.js'

declare const flush: ReturnType<typeof decodeFlush>
declare const forget: ReturnType<typeof decodeForget>
declare const link: ReturnType<typeof decodeLink>
declare const poll: ReturnType<typeof decodePoll>
declare const writer: WireWriter
declare const ring: RequestRing
declare const nodes: NodeTable
declare const openFiles: OpenFileTable
declare const directories: DirectoryTable
declare const locks: LockManager
declare const inFlight: InFlightRequests
declare const notifier: Notifier
declare const node: InodeNode
declare const handle: PollHandle
const NAME = new Uint8Array(1)
const sent: Promise<unknown>[] = []

/** Never called. */
export function words(): void {
  const { fhLow, fhHigh, lockOwnerLow, lockOwnerHigh } = flush
  encodeOpenOut(writer, 0, fhLow, fhHigh, 0, 0)
  // @ts-expect-error halves in the wrong order
  encodeOpenOut(writer, 0, fhHigh, fhLow, 0, 0)
  // @ts-expect-error a lock owner is no fh
  encodeOpenOut(writer, 0, lockOwnerLow, lockOwnerHigh, 0, 0)
  // @ts-expect-error an fh is no unique
  encodeOutHeader(writer, 16, 0, fhLow, fhHigh)
  // @ts-expect-error an fh is no kh
  encodeNotifyPoll(poll.fhLow, poll.fhHigh)
  encodeNotifyPoll(poll.khLow, poll.khHigh)

  const owner = wordOf(lockOwnerLow, lockOwnerHigh)
  locks.release(forget.nodeid, 0, owner)
  // @ts-expect-error the halves are of different words
  wordOf(lockOwnerLow, fhHigh)
  // @ts-expect-error an fh is no lock owner
  locks.release(forget.nodeid, 0, wordOf(fhLow, fhHigh))
  // @ts-expect-error a lock owner is no unique
  locks.cancel(owner)
  locks.cancel(ring.unique(0))
}

/** Never called. */
export function nodeids(): void {
  nodes.addName(link.oldNodeid, node.nodeid, NAME)
  nodes.forget(forget.nodeid, forget.nlookup)
  nodes.forget(nodes.remember(1, NAME, undefined, 0), 1)
  openFiles.add(node.nodeid, flush.fhLow, flush.fhHigh, 0)
  // @ts-expect-error nodeid and fh in the wrong order
  openFiles.add(flush.fhLow, flush.fhHigh, node.nodeid, 0)
  // @ts-expect-error a generation is asked for where a second nodeid is given
  encodeEntryOut(writer, 0, forget.nodeid, node.nodeid, 0, 0, { mode: 0 })
  // @ts-expect-error an open directory is no node
  nodes.path(directories.open(0))
  // @ts-expect-error a node is no open directory
  directories.close(node.nodeid)
  sent.push(notifier.prune([node, node.nodeid, 7]))
  // @ts-expect-error a slot is no node
  sent.push(notifier.changed(ring.arm(), 'data'))
}

/** Never called. */
export function slotsAndWorkers(dispatcher: Dispatcher, worker: Dispatcher): void {
  const slot = ring.arm()
  dispatcher.dispatch(slot)
  inFlight.begin(slot, ring.unique(slot), node.nodeid, 1)
  // @ts-expect-error slot and node in the wrong order
  inFlight.begin(node.nodeid, ring.unique(slot), slot, 1)
  // @ts-expect-error a node is no slot
  worker.dispatch(node.nodeid)
  // @ts-expect-error a slot is no worker
  ring.claim(slot, slot)
}

/** Never called. */
export function handlesOfWorkers(seat: FileHandleTable, file: OpenFile): void {
  // What handlers gave is theirs, and an ordinary number.
  const given: number = file.handle
  const { low, high } = seat.encode(given)
  seat.decode(low, high)
  // @ts-expect-error halves in the wrong order
  seat.free(high, low)
  // @ts-expect-error a lock owner is no fh
  seat.decode(flush.lockOwnerLow, flush.lockOwnerHigh)
}

/** Filesystems see and give plain numbers wherever they like. */
export const filesystems = [
  defineFilesystem({
    create: () => ({
      getattr: () => ({ mode: 0o100644 }),
      open: () => 3,
      read: ({ handle }: { handle: number }) => handle,
      setlk: (_file, _change, owner: bigint) => void owner,
      poll: (_file, events) => {
        sent.push(notifier.pollWakeup(handle.kh))
        sent.push(notifier.pollWakeup(5n))
        return events
      },
    }),
  }),
  defineInodeFilesystem({
    create: () => ({
      lookup: (parent) => ({ attributes: { mode: 0o100644, ino: parent.nodeid + 1 } }),
      open: ({ nodeid }) => ({ handle: nodeid }),
      forget: (gone) => {
        const numbers: number[] = gone.map(({ nodeid }) => nodeid)
        numbers.sort()
      },
      flush: (_file, context) => {
        // @ts-expect-error a lock owner is no poll's handle
        sent.push(notifier.pollWakeup(context.lockOwner ?? 0n))
      },
    }),
  }),
]
