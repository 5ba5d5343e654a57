// The `node` that handlers get: a nodeid, and what the shared table knows of it when asked.

import type { Nodeid } from '../base/ids.js'
import type { NodeTable } from '../session/index.js'
import type { InodeNode, Text } from './handler-types.js'
import type { TextCodec } from './text-codec.js'

const NOTHING = new Uint8Array(0)

/** A node by its number; identity and path are asked for when read, and remembered while no name changes. */
export class NodeReference implements InodeNode<Text> {
  readonly nodeid: Nodeid
  readonly #nodes: NodeTable
  readonly #text: TextCodec
  #changes: number
  // Undefined: not asked for since `#changes`. A path may itself be undefined.
  #identity: Uint8Array | undefined
  #path: { readonly text: Text | undefined } | undefined
  #epoch: number | undefined
  #isNamed: boolean | undefined

  constructor(nodeid: Nodeid, nodes: NodeTable, text: TextCodec) {
    this.nodeid = nodeid
    this.#nodes = nodes
    this.#text = text
    this.#changes = nodes.changes[0] as number
  }

  /** The same bytes each time: not to be written to. */
  get identity(): Uint8Array {
    this.#forgetOld()
    this.#identity ??= this.#nodes.identity(this.nodeid) ?? NOTHING
    return this.#identity
  }

  /** Another number once the node, or a directory above it, has moved. */
  get epoch(): number {
    this.#forgetOld()
    this.#epoch ??= this.#nodes.epoch(this.nodeid)
    return this.#epoch
  }

  get path(): Text | undefined {
    this.#forgetOld()
    this.#path ??= { text: this.#askPath() }
    return this.#path.text
  }

  /** Whether a name leads to it. */
  get isNamed(): boolean {
    this.#forgetOld()
    this.#isNamed ??= this.#nodes.parent(this.nodeid) !== undefined
    return this.#isNamed
  }

  #askPath(): Text | undefined {
    const path = this.#nodes.path(this.nodeid)
    return path === undefined ? undefined : this.#text.decode(path, 0, path.byteLength)
  }

  #forgetOld(): void {
    const changes = this.#nodes.changes[0] as number
    if (changes === this.#changes) return
    this.#changes = changes
    this.#identity = undefined
    this.#path = undefined
    this.#epoch = undefined
    this.#isNamed = undefined
  }
}
