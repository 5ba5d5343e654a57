// A node of MemoryNodeTable, and what is told of it by looking. Names and identities are latin1 strings of their
// bytes, as maps need keys that compare by content.

import type { Nodeid } from '../base/ids.js'

/** A name that leads to a node. */
export interface MemoryAlias {
  readonly parent: MemoryNode
  readonly name: string
}

/** One node of the table. */
export interface MemoryNode {
  readonly nodeid: Nodeid
  readonly identity: string
  readonly type: number
  /** Every (parent, name) under which the node was seen, the newest last. */
  aliases: MemoryAlias[]
  children: Map<string, MemoryNode>
  lookups: number
  /** What the table's count of moves was when one of its names moved last. */
  moved: number
}

/** Whether `node` is `ancestor` or stands below it. */
export function isWithin(node: MemoryNode, ancestor: MemoryNode): boolean {
  let current: MemoryNode | undefined = node
  while (current !== undefined && current !== ancestor) current = current.aliases.at(-1)?.parent
  return current === ancestor
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
