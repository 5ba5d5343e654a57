// The node table in TypeScript, for one thread: see node-table.ts for the contract. Its native twin is
// native/src/node/node-table.cpp; whatever changes here changes there, and one contract test compares them.

import type { Nodeid } from '../base/ids.js'
import {
  candidate,
  type DroppedNode,
  isWithin,
  type MemoryNode,
  namedLeaves,
  newestMove,
  pathOf,
  text,
} from './memory-node.js'
import { type NodeTable, ROOT_NODEID, type UnusedCandidate } from './node-table.js'
import { posixError } from './posix-error.js'

const S_IFDIR = 0o40000

/** Nodes of one thread. */
export class MemoryNodeTable implements NodeTable {
  /** How often `forget` was asked for more than was counted: by a kernel or a daemon that miscounts. */
  underflows = 0
  readonly changes: Int32Array = new Int32Array(1)
  /** In the order of the last lookup, the longest ago first. */
  readonly #nodes = new Map<Nodeid, MemoryNode>()
  readonly #byIdentity = new Map<string, MemoryNode>()
  /** Forgotten by the kernel and kept, the longest ago first. */
  readonly #unused = new Set<MemoryNode>()
  #mostUnused = 0
  #dropped: DroppedNode[] | undefined
  #next: Nodeid = ROOT_NODEID
  #moves = 0

  constructor() {
    this.#create('', S_IFDIR).lookups = 1
  }

  remember(
    parentId: Nodeid,
    name: Uint8Array,
    identity: Uint8Array | undefined,
    type: number,
  ): Nodeid {
    const parent = this.#nodes.get(parentId)
    if (parent === undefined) throw posixError('ESTALE', `unknown parent ${parentId}`)
    const key = text(name)
    const identityKey = identity === undefined ? '' : text(identity)
    const known = identityKey === '' ? parent.children.get(key) : this.#byIdentity.get(identityKey)
    const node = this.#knownOrNew(known, identityKey, type)
    // A directory is found below itself where one of its ancestors is mounted in it (bind mounts). The
    // kernel refuses it too: fs/dcache.c d_splice_alias().
    if (parent.children.get(key) !== node && type === S_IFDIR && isWithin(parent, node)) {
      throw posixError('ELOOP', 'a directory below itself')
    }
    // Counted first: attach may otherwise find it unused while it takes another node from the name.
    this.#count(node)
    if (parent.children.get(key) !== node) this.#attach(parent, key, node)
    return node.nodeid
  }

  rememberUnnamed(identity: Uint8Array | undefined, type: number): Nodeid {
    const key = identity === undefined ? '' : text(identity)
    const node = this.#knownOrNew(key === '' ? undefined : this.#byIdentity.get(key), key, type)
    this.#count(node)
    return node.nodeid
  }

  addName(nodeid: Nodeid, parentId: Nodeid, name: Uint8Array): void {
    const node = this.#nodes.get(nodeid)
    const parent = this.#nodes.get(parentId)
    if (node === undefined) throw posixError('ESTALE', `unknown node ${nodeid}`)
    if (parent === undefined) throw posixError('ESTALE', `unknown parent ${parentId}`)
    const key = text(name)
    this.#count(node)
    if (parent.children.get(key) !== node) this.#attach(parent, key, node)
  }

  acquire(nodeid: Nodeid): void {
    const node = this.#nodes.get(nodeid)
    if (node === undefined) throw posixError('ESTALE', `unknown node ${nodeid}`)
    this.#count(node)
  }

  forget(nodeid: Nodeid, count: number): void {
    const node = this.#nodes.get(nodeid)
    if (node === undefined || nodeid === ROOT_NODEID) return
    if (count > node.lookups) this.underflows += 1
    node.lookups -= Math.min(count, node.lookups)
    this.#removeIfUnused(node)
    this.#trimUnused()
  }

  child(parentId: Nodeid, name: Uint8Array): Nodeid | undefined {
    return this.#nodes.get(parentId)?.children.get(text(name))?.nodeid
  }

  withIdentity(identity: Uint8Array): Nodeid | undefined {
    return this.#byIdentity.get(text(identity))?.nodeid
  }

  identity(nodeid: Nodeid): Uint8Array | undefined {
    const node = this.#nodes.get(nodeid)
    return node === undefined ? undefined : Buffer.from(node.identity, 'latin1')
  }

  path(nodeid: Nodeid): Uint8Array | undefined {
    const path = pathOf(this.#nodes.get(nodeid))
    return path === undefined ? undefined : Buffer.from(path, 'latin1')
  }

  rename(parentId: Nodeid, name: Uint8Array, newParentId: Nodeid, newName: Uint8Array): void {
    const parent = this.#nodes.get(parentId)
    const newParent = this.#nodes.get(newParentId)
    if (parent === undefined || newParent === undefined) return
    const from = text(name)
    const to = text(newName)
    if (parent === newParent && from === to) return
    const node = parent.children.get(from)
    if (node === undefined) {
      this.#detach(newParent, to)
      return
    }
    // Held over the moment without a name, which must not remove them or what their paths lead through.
    for (const held of [node, parent, newParent]) held.lookups += 1
    // The table may be behind what was moved elsewhere: rather no name than a path without an end.
    if (isWithin(newParent, node)) this.#detach(newParent, to)
    else this.#attach(newParent, to, node)
    this.#detach(parent, from)
    for (const held of [node, parent, newParent]) held.lookups -= 1
    for (const held of [node, parent, newParent]) this.#removeIfUnused(held)
  }

  exchange(parentId: Nodeid, name: Uint8Array, newParentId: Nodeid, newName: Uint8Array): void {
    const parent = this.#nodes.get(parentId)
    const newParent = this.#nodes.get(newParentId)
    if (parent === undefined || newParent === undefined) return
    const from = text(name)
    const to = text(newName)
    const node = parent.children.get(from)
    const other = newParent.children.get(to)
    if (node === other) return
    if (other === undefined) {
      this.rename(parentId, name, newParentId, newName)
      return
    }
    if (node === undefined) {
      this.rename(newParentId, newName, parentId, name)
      return
    }
    // As in rename(), also when the table is behind.
    const isLoop = isWithin(newParent, node) || isWithin(parent, other)
    for (const held of [node, other, parent, newParent]) held.lookups += 1
    this.#detach(parent, from)
    this.#detach(newParent, to)
    if (!isLoop) {
      this.#attach(newParent, to, node)
      this.#attach(parent, from, other)
    }
    for (const moved of [node, other]) this.#move(moved)
    for (const held of [node, other, parent, newParent]) held.lookups -= 1
    for (const held of [node, other, parent, newParent]) this.#removeIfUnused(held)
  }

  parent(nodeid: Nodeid): Nodeid | undefined {
    if (nodeid === ROOT_NODEID) return ROOT_NODEID
    return this.#nodes.get(nodeid)?.aliases.at(-1)?.parent.nodeid
  }

  type(nodeid: Nodeid): number | undefined {
    return this.#nodes.get(nodeid)?.type
  }

  epoch(nodeid: Nodeid): number {
    return newestMove(this.#nodes.get(nodeid))
  }

  unusedCandidates(most: number): UnusedCandidate[] {
    const found = namedLeaves(this.#nodes.values(), this.#unused, most)
    for (const node of found) this.#touch(node)
    return found.map((node) => candidate(node))
  }

  unlink(parentId: Nodeid, name: Uint8Array): void {
    const parent = this.#nodes.get(parentId)
    if (parent !== undefined) this.#detach(parent, text(name))
  }

  get size(): number {
    return this.#nodes.size - this.#unused.size
  }

  keepUnused(most: number): void {
    this.#mostUnused = most
    this.#trimUnused()
  }

  /** From now on dropped nodes are noted for `takeForgotten`: for filesystems with a `forget` handler. */
  keepForgotten(): void {
    this.#dropped ??= []
  }

  /** How often the kernel refers to a node; 0 for unknown ones. */
  lookupCount(nodeid: Nodeid): number {
    return this.#nodes.get(nodeid)?.lookups ?? 0
  }

  get hasForgotten(): boolean {
    return this.#dropped !== undefined && this.#dropped.length > 0
  }

  /** Nodes dropped since, the oldest first; each is given once. */
  takeForgotten(most: number): DroppedNode[] {
    return this.#dropped?.splice(0, most) ?? []
  }

  #knownOrNew(known: MemoryNode | undefined, identity: string, type: number): MemoryNode {
    return known !== undefined && known.type === type && known.identity === identity
      ? known
      : this.#create(identity, type)
  }

  #count(node: MemoryNode): void {
    node.lookups += 1
    this.#unused.delete(node)
    this.#touch(node)
  }

  /** Puts it last in the order of lookups. */
  #touch(node: MemoryNode): void {
    this.#nodes.delete(node.nodeid)
    this.#nodes.set(node.nodeid, node)
  }

  #move(node: MemoryNode): void {
    this.#moves += 1
    node.moved = this.#moves
    this.#changed()
  }

  #changed(): void {
    Atomics.add(this.changes, 0, 1)
  }

  #create(identity: string, type: number): MemoryNode {
    const node: MemoryNode = {
      nodeid: this.#next++,
      identity,
      type,
      aliases: [],
      children: new Map(),
      lookups: 0,
      moved: 0,
    }
    this.#nodes.set(node.nodeid, node)
    if (identity !== '') this.#byIdentity.set(identity, node)
    return node
  }

  #attach(parent: MemoryNode, name: string, node: MemoryNode): void {
    // The parent must outlive the detaching of what stood at the name.
    parent.lookups += 1
    this.#detach(parent, name)
    // A directory has one name only: found at another, it was moved behind our back.
    const [old] = node.aliases
    if (node.type === S_IFDIR && old !== undefined) this.#detach(old.parent, old.name)
    parent.lookups -= 1
    if (old !== undefined) this.#move(node)
    // Of a new node there is nothing to be known yet.
    else if (node.lookups > 1 || node.children.size > 0) this.#changed()
    this.#unused.delete(parent)
    parent.children.set(name, node)
    node.aliases.push({ parent, name })
  }

  #detach(parent: MemoryNode, name: string): void {
    const node = parent.children.get(name)
    if (node === undefined) return
    parent.children.delete(name)
    node.aliases = node.aliases.filter((alias) => alias.parent !== parent || alias.name !== name)
    if (node.aliases.length > 0) this.#move(node)
    else this.#changed()
    this.#removeIfUnused(node)
    this.#removeIfUnused(parent)
  }

  /** A forgotten directory is kept while a child's path leads through it. */
  #removeIfUnused(node: MemoryNode): void {
    if (node.nodeid === ROOT_NODEID || node.lookups > 0 || node.children.size > 0) return
    // What has lost its name was deleted.
    if (this.#mostUnused > 0 && node.aliases.length > 0) this.#unused.add(node)
    else this.#remove(node)
  }

  /** Apart from #removeIfUnused(), whose callers go on with nodes that are in use for a moment. */
  #trimUnused(): void {
    for (const node of this.#unused) {
      if (this.#unused.size <= this.#mostUnused) return
      this.#remove(node)
    }
  }

  #remove(node: MemoryNode): void {
    if (!this.#nodes.delete(node.nodeid)) return
    this.#changed()
    this.#unused.delete(node)
    this.#dropped?.push({ nodeid: node.nodeid, identity: Buffer.from(node.identity, 'latin1') })
    if (this.#byIdentity.get(node.identity) === node) this.#byIdentity.delete(node.identity)
    for (const { parent, name } of node.aliases) parent.children.delete(name)
    for (const { parent } of node.aliases) this.#removeIfUnused(parent)
  }
}
