// The O_PATH descriptors that a worker used last, where files cannot be opened by handle: a bounded number,
// however many nodes the kernel knows.

import { readFileSync } from 'node:fs'
import { close } from '@fuseloop/native/posix'

/** Of each worker: with 16 of them a quarter of what the process may have; the rest is for open files. */
const SHARE = 64
const LEAST = 8
const MOST = 256

export class DescriptorCache {
  /** By nodeid, the one used last at the end. */
  readonly #descriptors = new Map<number, number>()
  readonly #capacity: number

  constructor(capacity: number = defaultCapacity()) {
    this.#capacity = capacity
  }

  get(nodeid: number): number | undefined {
    const fd = this.#descriptors.get(nodeid)
    if (fd === undefined) return undefined
    this.#descriptors.delete(nodeid)
    this.#descriptors.set(nodeid, fd)
    return fd
  }

  /** Takes over `fd`. What is in use by the caller must be got again after that. */
  add(nodeid: number, fd: number): void {
    this.drop(nodeid)
    this.#descriptors.set(nodeid, fd)
  }

  /** Closes what is too much. Not while a descriptor is in use. */
  trim(): void {
    for (const nodeid of this.#descriptors.keys()) {
      if (this.#descriptors.size <= this.#capacity) return
      this.drop(nodeid)
    }
  }

  drop(nodeid: number): void {
    const fd = this.#descriptors.get(nodeid)
    if (fd === undefined) return
    this.#descriptors.delete(nodeid)
    close(fd)
  }

  clear(): void {
    for (const nodeid of [...this.#descriptors.keys()]) this.drop(nodeid)
  }
}

function defaultCapacity(): number {
  const limits = readFileSync('/proc/self/limits', 'latin1')
  const soft = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? MOST * SHARE)
  return Math.min(MOST, Math.max(LEAST, Math.floor(soft / SHARE)))
}
