// Which files the kernel reads and writes in the daemon's place (FUSE passthrough), by node; all workers of a session
// share it. Production uses the native twin, node/backing-files.hpp.
//
// The kernel's rules (fs/fuse/iomode.c fuse_file_io_open(), fs/fuse/passthrough.c; Linux 6.9 and later): while a node has
// an open that is passed through, each other open of it must be passed through too, by the same backing id; while it
// has an open that may use the page cache, none may. A client whose open breaks them gets EIO. So a node is in one mode
// from its first open to its last RELEASE. RELEASE comes after the kernel's own end of the open: what is counted here is
// never less than what the kernel counts.

import type { Nodeid } from '../base/ids.js'
import { Errno } from '../protocol/index.js'

/** What became of opens, and what is going on. */
export interface BackingCounts {
  /** Files that are registered with the kernel now. */
  readonly active: number
  /** Opens so far whose reads and writes pass the daemon by. */
  readonly opens: number
  /** Opens that the kernel would not have a backing file for. */
  readonly byKernel: number
  /** Opens of files that others had open without passthrough. */
  readonly openOtherwise: number
  /** Opens that gave another file than the one that is passed through at the time. */
  readonly otherFile: number
  /** What the kernel said last when it would not, negative; 0 if it never did. */
  readonly errno: number
}

/** Asked at opens and releases of regular files, on sessions that have PASSTHROUGH. */
export interface BackingFiles {
  /**
   * An open that is about to be told to the kernel.
   * @param fd of the file behind, used until the call returns; -1 where the handler gave none
   * @returns the backing id, from 1, of an open whose reads and writes pass the daemon by; a negative backing id where
   * the open must be passed through for the sake of others, but its reads and writes are to come to the handlers
   * (DIRECT_IO does that); 0 for an ordinary open
   */
  join(nodeid: Nodeid, fd: number): number
  /** One open of the node is over; unknown nodes are ignored. */
  leave(nodeid: Nodeid): void
}

/** The kernel's side: two ioctls of the device, and what fstat(2) tells. */
export interface BackingDevice {
  /** FUSE_DEV_IOC_BACKING_OPEN. @returns the backing id, from 1, or a negative errno */
  open(fd: number): number
  /** FUSE_DEV_IOC_BACKING_CLOSE. Opens that have the id keep the file. */
  close(id: number): void
  /** The same for all descriptors of one file, and for no others; undefined where there is no such descriptor. */
  fileOf(fd: number): string | undefined
}

interface OpenNode {
  opens: number
  /** 0: ordinary. */
  readonly id: number
  readonly file: string | undefined
}

type Counts = { -readonly [name in keyof BackingCounts]: BackingCounts[name] }

/** Errnos that no later try will change: no privilege, or a kernel without passthrough. */
const FINAL: readonly number[] = [-Errno.EPERM, -Errno.ENOTTY, -Errno.EOPNOTSUPP]

const NO_DEVICE: BackingDevice = {
  open: () => -Errno.EPERM,
  close: () => undefined,
  fileOf: () => undefined,
}

/** Backing files of one thread. */
export class MemoryBackingFiles implements BackingFiles {
  readonly #device: BackingDevice
  readonly #nodes = new Map<Nodeid, OpenNode>()
  readonly #counts: Counts = {
    active: 0,
    opens: 0,
    byKernel: 0,
    openOtherwise: 0,
    otherFile: 0,
    errno: 0,
  }

  /** @param device one that registers nothing if absent */
  constructor(device: BackingDevice = NO_DEVICE) {
    this.#device = device
  }

  join(nodeid: Nodeid, fd: number): number {
    const node = this.#nodes.get(nodeid)
    if (node === undefined) return this.#first(nodeid, fd)
    node.opens += 1
    if (node.id === 0) {
      if (fd >= 0) this.#counts.openOtherwise += 1
      return 0
    }
    if (fd < 0) return -node.id
    if (this.#device.fileOf(fd) !== node.file) {
      this.#counts.otherFile += 1
      return -node.id
    }
    this.#counts.opens += 1
    return node.id
  }

  leave(nodeid: Nodeid): void {
    const node = this.#nodes.get(nodeid)
    if (node === undefined) return
    node.opens -= 1
    if (node.opens > 0) return
    this.#nodes.delete(nodeid)
    if (node.id === 0) return
    this.#counts.active -= 1
    this.#device.close(node.id)
  }

  counts(): BackingCounts {
    return { ...this.#counts }
  }

  #first(nodeid: Nodeid, fd: number): number {
    const id = fd < 0 ? 0 : this.#register(fd)
    const file = id === 0 ? undefined : this.#device.fileOf(fd)
    this.#nodes.set(nodeid, { opens: 1, id, file })
    return id
  }

  #register(fd: number): number {
    const counts = this.#counts
    const given = FINAL.includes(counts.errno) ? counts.errno : this.#device.open(fd)
    if (given > 0) {
      counts.active += 1
      counts.opens += 1
      return given
    }
    counts.byKernel += 1
    counts.errno = given
    return 0
  }
}
