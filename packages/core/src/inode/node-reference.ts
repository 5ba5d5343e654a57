// The `node` that handlers get: a nodeid, and what the shared table knows of it when asked.

import type { Nodeid } from '../base/ids.js'
import type { NodeTable } from '../session/index.js'
import type { InodeNode, Text } from './handler-types.js'
import type { TextCodec } from './text-codec.js'

const NOTHING = new Uint8Array(0)

/** A node by its number; identity and path are asked for when read. */
export class NodeReference implements InodeNode<Text> {
  readonly nodeid: Nodeid
  readonly #nodes: NodeTable
  readonly #text: TextCodec

  constructor(nodeid: Nodeid, nodes: NodeTable, text: TextCodec) {
    this.nodeid = nodeid
    this.#nodes = nodes
    this.#text = text
  }

  get identity(): Uint8Array {
    return this.#nodes.identity(this.nodeid) ?? NOTHING
  }

  /** Another number once the node, or a directory above it, has moved. */
  get epoch(): number {
    return this.#nodes.epoch(this.nodeid)
  }

  get path(): Text | undefined {
    const path = this.#nodes.path(this.nodeid)
    return path === undefined ? undefined : this.#text.decode(path, 0, path.byteLength)
  }
}
