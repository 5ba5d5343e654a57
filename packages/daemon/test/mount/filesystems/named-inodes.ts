// A tree in memory by the inode API, whose names reach the handlers as bytes.

import { type Attributes, defineInodeFilesystem, FsError, type InodeNode } from '@fuseloop/core'
import { EVENTS_OPTION } from '../../support/event-log.js'

interface Thing {
  readonly ino: number
  readonly mode: number
  data: Buffer
  /** By names of one character per byte. */
  readonly children: Map<string, Thing>
}

const ROOT = 1

export default defineInodeFilesystem({
  options: EVENTS_OPTION,
  encoding: 'buffer',
  create() {
    const things: Thing[] = []
    const add = (mode: number, data = Buffer.alloc(0)): Thing => {
      const thing: Thing = { ino: things.length + ROOT, mode, data, children: new Map() }
      things.push(thing)
      return thing
    }
    add(0o40755)
    const of = ({ identity }: InodeNode<Buffer>): Thing => {
      const ino = identity.length === 0 ? ROOT : Number(Buffer.from(identity).toString())
      const thing = things[ino - ROOT]
      if (thing === undefined) throw new FsError('ESTALE')
      return thing
    }
    const children = (node: InodeNode<Buffer>): Map<string, Thing> => of(node).children
    const put = (parent: InodeNode<Buffer>, name: Buffer, thing: Thing) => {
      children(parent).set(name.toString('latin1'), thing)
      return entryOf(thing)
    }
    const take = (parent: InodeNode<Buffer>, name: Buffer): Thing => {
      const thing = children(parent).get(name.toString('latin1'))
      if (thing === undefined) throw new FsError('ENOENT')
      children(parent).delete(name.toString('latin1'))
      return thing
    }
    return {
      lookup: (parent, name) => {
        const thing = children(parent).get(name.toString('latin1'))
        return thing && entryOf(thing)
      },
      getattr: (node) => attributesOf(of(node)),
      setattr: (node) => attributesOf(of(node)),
      mkdir: (parent, name, mode) => put(parent, name, add(0o40000 | mode)),
      create: (parent, name, mode) => put(parent, name, add(0o100000 | mode)),
      symlink: (parent, name, target) => put(parent, name, add(0o120777, Buffer.from(target))),
      readlink: (node) => of(node).data,
      open: () => undefined,
      read: ({ node }, buffer, position) => of(node).data.copy(buffer, 0, position),
      write: ({ node }, buffer, position) => {
        const thing = of(node)
        const parts = [thing.data.subarray(0, position), buffer]
        thing.data = Buffer.concat(parts, position + buffer.length)
        return buffer.length
      },
      unlink: (parent, name) => void take(parent, name),
      rmdir: (parent, name) => void take(parent, name),
      rename: (parent, name, newParent, newName) =>
        void put(newParent, newName, take(parent, name)),
      readdir: ({ node }) => [...children(node).keys()].map((name) => Buffer.from(name, 'latin1')),
    }
  },
})

function attributesOf({ ino, mode, data }: Thing): Attributes {
  return { ino, mode, size: data.length, nlink: 1 }
}

function entryOf(thing: Thing) {
  return { identity: Buffer.from(`${thing.ino}`), attributes: attributesOf(thing) }
}
