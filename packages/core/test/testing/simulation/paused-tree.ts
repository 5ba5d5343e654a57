// A small filesystem whose handlers may wait at any point, and clients that use it at random: what simulations
// are made of. Its state is shared by all workers.

import { FsError, type InodeHandlers, type Text } from '@fuseloop/core/inode'
import type { Simulation } from '@fuseloop/core/testing'

const S_IFDIR = 0o040755
const S_IFREG = 0o100644

interface Item {
  readonly id: number
  readonly mode: number
  content: Buffer
  readonly children: Map<string, Item>
}

export class PausedTree {
  #lastId = 0
  readonly #root = this.#item(S_IFDIR)
  readonly #byId = new Map<string, Item>()
  /** Files that are open now, by handle. */
  readonly opened = new Set<number | object>()

  handlers(simulation: Simulation): InodeHandlers<Text, number | object> {
    // Some calls return at once, others later, as in any filesystem.
    const later = async <V>(work: () => V): Promise<V> => {
      await simulation.pause()
      const result = work()
      await simulation.pause()
      return result
    }
    const sometimes = <V>(work: () => V): V | Promise<V> =>
      simulation.choose(2) === 0 ? work() : later(work)
    return {
      lookup: (parent, name) =>
        sometimes(() => {
          const item = this.#find(parent.identity).children.get(String(name))
          return item === undefined ? undefined : entry(item)
        }),
      getattr: (node) => sometimes(() => attributes(this.#find(node.identity))),
      mkdir: (parent, name) => sometimes(() => entry(this.#add(parent.identity, name, S_IFDIR))),
      unlink: (parent, name) =>
        sometimes(() => {
          if (!this.#find(parent.identity).children.delete(String(name)))
            throw new FsError('ENOENT')
        }),
      create: (parent, name) =>
        sometimes(() => ({
          ...entry(this.#add(parent.identity, name, S_IFREG)),
          handle: this.#open(simulation),
        })),
      open: () => sometimes(() => this.#open(simulation)),
      read: (file, buffer, position) =>
        sometimes(() => this.#find(file.node.identity).content.copy(buffer, 0, position)),
      write: (file, buffer, position) => {
        const data = Buffer.from(buffer)
        return sometimes(() => {
          const item = this.#find(file.node.identity)
          const grown = Buffer.alloc(Math.max(item.content.byteLength, position + data.byteLength))
          item.content.copy(grown)
          data.copy(grown, position)
          item.content = grown
          return data.byteLength
        })
      },
      release: (file) => sometimes(() => void this.opened.delete(file.handle)),
    }
  }

  #open(simulation: Simulation): number | object {
    this.#lastId += 1
    const handle = simulation.choose(2) === 0 ? this.#lastId : { id: this.#lastId }
    this.opened.add(handle)
    return typeof handle === 'number' ? handle : ({ handle } as { handle: object })
  }

  #find(identity: Uint8Array): Item {
    const item =
      identity.byteLength === 0 ? this.#root : this.#byId.get(Buffer.from(identity).toString())
    if (item === undefined) throw new FsError('ESTALE')
    return item
  }

  #add(parent: Uint8Array, name: Text, mode: number): Item {
    const { children } = this.#find(parent)
    const existing = children.get(String(name))
    if (existing !== undefined) throw new FsError('EEXIST')
    const item = this.#item(mode)
    children.set(String(name), item)
    this.#byId.set(String(item.id), item)
    return item
  }

  #item(mode: number): Item {
    this.#lastId += 1
    return { id: this.#lastId, mode, content: Buffer.alloc(0), children: new Map() }
  }
}

function attributes(item: Item): { mode: number; size: number } {
  return { mode: item.mode, size: item.content.byteLength }
}

function entry(item: Item): { identity: Buffer; attributes: { mode: number; size: number } } {
  return { identity: Buffer.from(String(item.id)), attributes: attributes(item) }
}
