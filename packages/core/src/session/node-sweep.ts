// Keeps a node table near a soft limit: asks the kernel to forget what nobody uses. What is in use stays, so the limit
// may be passed. Rule: one sweep asks for no more than is too much. The native twin is device/node-sweep.cpp.

import { encodeNotifyInvalEntry, encodeNotifyPrune, FileType } from '../protocol/index.js'
import type { NodeTable } from './node-table.js'
import { NOTIFICATION_MINOR } from './notification-support.js'

const MOST_AT_ONCE = 1024

/** Finds what the kernel may be asked to forget. */
export class NodeSweep {
  readonly #nodes: NodeTable
  readonly #limit: number
  readonly #minor: number

  /**
   * @param limit nodes, from 1
   * @param minor of the protocol as INIT has settled it
   */
  constructor(nodes: NodeTable, limit: number, minor: number) {
    this.#nodes = nodes
    this.#limit = limit
    this.#minor = minor
  }

  /** Whether the table is larger than it should be. */
  get isDue(): boolean {
    return this.#nodes.size > this.#limit
  }

  /**
   * Whole notifications: PRUNE from protocol 7.45 on; before, INVAL_ENTRY, and not of directories, in which somebody may
   * work.
   */
  next(): Uint8Array[] {
    if (!this.isDue) return []
    const nodes = this.#nodes
    const found = nodes.unusedCandidates(Math.min(nodes.size - this.#limit, MOST_AT_ONCE))
    if (found.length === 0) return []
    if (this.#minor >= NOTIFICATION_MINOR.PRUNE)
      return [encodeNotifyPrune(found.map(({ nodeid }) => nodeid))]
    return found
      .filter(({ nodeid }) => nodes.type(nodeid) !== FileType.DIRECTORY)
      .map(({ parent, name }) => encodeNotifyInvalEntry(parent, name, false))
  }
}
