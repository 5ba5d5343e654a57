// A node of MemoryNodeTable, and what is told of it by looking. Names and identities are latin1 strings of their
// bytes, as maps need keys that compare by content.

import type { Nodeid } from '../base/ids.js'
import { ROOT_NODEID, type UnusedCandidate } from './node-table.js'

/** A name that leads to a node. */
interface MemoryAlias {
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

/** A node that the table has dropped. */
export interface DroppedNode {
  readonly nodeid: Nodeid
  readonly identity: Uint8Array
}

/** Whether `node` is `ancestor` or stands below it. */
export function isWithin(node: MemoryNode, ancestor: MemoryNode): boolean {
  let current: MemoryNode | undefined = node
  while (current !== undefined && current !== ancestor) current = current.aliases.at(-1)?.parent
  return current === ancestor
}

/** Below the root, by the newest names; undefined when one is missing. */
export function pathOf(node: MemoryNode | undefined): string | undefined {
  const names: string[] = []
  let current = node
  while (current !== undefined && current.nodeid !== ROOT_NODEID) {
    const alias = current.aliases.at(-1)
    if (alias === undefined) return undefined
    names.push(alias.name)
    current = alias.parent
  }
  return current === undefined ? undefined : names.reverse().join('/')
}

/** The last move of the node or of a directory above it. */
export function newestMove(node: MemoryNode | undefined): number {
  let newest = 0
  for (let current = node; current !== undefined; current = current.aliases.at(-1)?.parent)
    newest = Math.max(newest, current.moved)
  return newest
}

/** The first `most` that have a name and no children. */
export function namedLeaves(
  nodes: Iterable<MemoryNode>,
  without: ReadonlySet<MemoryNode>,
  most: number,
): MemoryNode[] {
  const found: MemoryNode[] = []
  for (const node of nodes) {
    if (found.length >= most) break
    if (node.aliases.length > 0 && node.children.size === 0 && !without.has(node)) found.push(node)
  }
  return found
}

/** A named node as those see it who ask the kernel to drop it. */
export function candidate({ nodeid, aliases }: MemoryNode): UnusedCandidate {
  const { parent, name } = aliases.at(-1) as MemoryAlias
  return { nodeid, parent: parent.nodeid, name: Buffer.from(name, 'latin1') }
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
