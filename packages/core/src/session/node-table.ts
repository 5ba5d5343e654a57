// The node table: which nodeid stands for what, under which names, and how often the kernel knows it.
// Production uses the native table, shared by all workers; this one serves one thread. One contract
// test runs over both. Node ids are never reused, so the generation is always 0.

import { posixError } from './posix-error.js'

export const ROOT_NODEID = 1
const S_IFDIR = 0o40000

/** What every worker of a session shares about nodes. Names are bytes, without '/' and NUL. */
export interface NodeTable {
  /**
   * Finds or makes the node for an entry that is about to be given to the kernel, and raises its
   * lookup count by one: before the reply is written, as a FORGET may overtake the writer.
   * With `identity` (1 to 64 bytes) the node is found by it, so that hard links share one nodeid;
   * without, by (parent, name). A node whose file type differs from `type` is left, and a new one made:
   * the kernel makes an inode bad whose type changes (fs/fuse/dir.c fuse_stale_inode()).
   * @param type the S_IFMT bits of the mode
   * @throws an error with code ESTALE for an unknown parent, ELOOP for a directory found below itself
   */
  remember(parent: number, name: Uint8Array, identity: Uint8Array | undefined, type: number): number
  /** Lowers the lookup count. At 0 the node is gone. Unknown nodes and the root are ignored. */
  forget(nodeid: number, count: number): void
  /** The identity given to `remember`; empty for the root and for nodes known by name; undefined if unknown. */
  identity(nodeid: number): Uint8Array | undefined
  /** Path below the root without leading '/', '' for the root; undefined when no name leads there any more. */
  path(nodeid: number): Uint8Array | undefined
  /** The name moved: (parent, name) -> (newParent, newName), replacing what was there. */
  rename(parent: number, name: Uint8Array, newParent: number, newName: Uint8Array): void
  /** The name is gone; the node stays while the kernel refers to it. */
  unlink(parent: number, name: Uint8Array): void
  /** Nodes known, the root included. */
  readonly size: number
}

interface Alias {
  readonly parent: Node
  readonly name: string
}

interface Node {
  readonly nodeid: number
  readonly identity: string
  readonly type: number
  /** Every (parent, name) under which the node was seen, the newest last. */
  aliases: Alias[]
  children: Map<string, Node>
  lookups: number
}

/** A node that the table has dropped. */
interface DroppedNode {
  readonly nodeid: number
  readonly identity: Uint8Array
}

export class MemoryNodeTable implements NodeTable {
  /** How often `forget` was asked for more than was counted: by a kernel or a daemon that miscounts. */
  underflows = 0
  readonly #nodes = new Map<number, Node>()
  readonly #byIdentity = new Map<string, Node>()
  #dropped: DroppedNode[] | undefined
  #next = ROOT_NODEID

  constructor() {
    this.#create('', S_IFDIR).lookups = 1
  }

  remember(
    parentId: number,
    name: Uint8Array,
    identity: Uint8Array | undefined,
    type: number,
  ): number {
    const parent = this.#nodes.get(parentId)
    if (parent === undefined) throw posixError('ESTALE', `unknown parent ${parentId}`)
    const key = text(name)
    const identityKey = identity === undefined ? '' : text(identity)
    let node = identityKey === '' ? parent.children.get(key) : this.#byIdentity.get(identityKey)
    if (node === undefined || node.type !== type || node.identity !== identityKey) {
      node = this.#create(identityKey, type)
    }
    // A directory is found below itself where one of its ancestors is mounted in it (bind mounts). The
    // kernel refuses it too: fs/dcache.c d_splice_alias().
    if (parent.children.get(key) !== node && type === S_IFDIR && isWithin(parent, node)) {
      throw posixError('ELOOP', 'a directory below itself')
    }
    // Counted first: attach may otherwise find it unused while it takes another node from the name.
    node.lookups += 1
    if (parent.children.get(key) !== node) this.#attach(parent, key, node)
    return node.nodeid
  }

  forget(nodeid: number, count: number): void {
    const node = this.#nodes.get(nodeid)
    if (node === undefined || nodeid === ROOT_NODEID) return
    if (count > node.lookups) this.underflows += 1
    node.lookups -= Math.min(count, node.lookups)
    this.#removeIfUnused(node)
  }

  identity(nodeid: number): Uint8Array | undefined {
    const node = this.#nodes.get(nodeid)
    return node === undefined ? undefined : Buffer.from(node.identity, 'latin1')
  }

  path(nodeid: number): Uint8Array | undefined {
    const names: string[] = []
    let node = this.#nodes.get(nodeid)
    while (node !== undefined && node.nodeid !== ROOT_NODEID) {
      const alias = node.aliases.at(-1)
      if (alias === undefined) return undefined
      names.push(alias.name)
      node = alias.parent
    }
    return node === undefined ? undefined : Buffer.from(names.reverse().join('/'), 'latin1')
  }

  rename(parentId: number, name: Uint8Array, newParentId: number, newName: Uint8Array): void {
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

  unlink(parentId: number, name: Uint8Array): void {
    const parent = this.#nodes.get(parentId)
    if (parent !== undefined) this.#detach(parent, text(name))
  }

  get size(): number {
    return this.#nodes.size
  }

  /** From now on dropped nodes are noted for `takeForgotten`: for filesystems with a `forget` handler. */
  keepForgotten(): void {
    this.#dropped ??= []
  }

  /** How often the kernel refers to a node; 0 for unknown ones. */
  lookupCount(nodeid: number): number {
    return this.#nodes.get(nodeid)?.lookups ?? 0
  }

  get hasForgotten(): boolean {
    return this.#dropped !== undefined && this.#dropped.length > 0
  }

  /** Nodes dropped since, the oldest first; each is given once. */
  takeForgotten(most: number): DroppedNode[] {
    return this.#dropped?.splice(0, most) ?? []
  }

  #create(identity: string, type: number): Node {
    const node: Node = {
      nodeid: this.#next++,
      identity,
      type,
      aliases: [],
      children: new Map(),
      lookups: 0,
    }
    this.#nodes.set(node.nodeid, node)
    if (identity !== '') this.#byIdentity.set(identity, node)
    return node
  }

  #attach(parent: Node, name: string, node: Node): void {
    // The parent must outlive the detaching of what stood at the name.
    parent.lookups += 1
    this.#detach(parent, name)
    // A directory has one name only: found at another, it was moved behind our back.
    const [old] = node.aliases
    if (node.type === S_IFDIR && old !== undefined) this.#detach(old.parent, old.name)
    parent.lookups -= 1
    parent.children.set(name, node)
    node.aliases.push({ parent, name })
  }

  #detach(parent: Node, name: string): void {
    const node = parent.children.get(name)
    if (node === undefined) return
    parent.children.delete(name)
    node.aliases = node.aliases.filter((alias) => alias.parent !== parent || alias.name !== name)
    this.#removeIfUnused(node)
    this.#removeIfUnused(parent)
  }

  /** A forgotten directory is kept while a child's path leads through it. */
  #removeIfUnused(node: Node): void {
    if (node.nodeid === ROOT_NODEID || node.lookups > 0 || node.children.size > 0) return
    if (!this.#nodes.delete(node.nodeid)) return
    this.#dropped?.push({ nodeid: node.nodeid, identity: Buffer.from(node.identity, 'latin1') })
    if (this.#byIdentity.get(node.identity) === node) this.#byIdentity.delete(node.identity)
    for (const { parent, name } of node.aliases) parent.children.delete(name)
    for (const { parent } of node.aliases) this.#removeIfUnused(parent)
  }
}

/** Whether `node` is `ancestor` or stands below it. */
function isWithin(node: Node, ancestor: Node): boolean {
  let current: Node | undefined = node
  while (current !== undefined && current !== ancestor) current = current.aliases.at(-1)?.parent
  return current === ancestor
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
