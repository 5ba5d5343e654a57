// Shows a directory of the machine somewhere else. Handlers are synchronous: each worker blocks in its own
// system call, as the threads of a C daemon do. Names are bytes, so that any name passes unchanged.

import * as fs from 'node:fs'
import {
  type AttributeChanges,
  defineInodeFilesystem,
  type Entry,
  FsError,
  type InodeHandlers,
  type InodeNode,
  type OpenFile,
  type RequestContext,
} from '@fuseloop/core'

type Node = InodeNode<Buffer>
type File = OpenFile<Buffer, number>
type Stats = fs.BigIntStats

const { O_APPEND, O_CREAT, O_DIRECT, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } =
  fs.constants
const S_ISGID = 0o2000
const SLASH = Buffer.from('/')
const DESCRIPTORS = '/proc/self/fd'
/** Follows the former path of an unlinked file (proc(5)). */
const DELETED = Buffer.from(' (deleted)')

export default defineInodeFilesystem({
  options: { source: { type: 'path', required: true, description: 'the directory to show' } },
  encoding: 'buffer',
  // Truncation and opening in one step, as the client asked for it.
  want: ['ATOMIC_O_TRUNC'],
  create({ options }): InodeHandlers<Buffer, number> {
    if (!fs.statSync(options.source).isDirectory())
      throw new FsError('ENOTDIR', `${options.source} is not a directory`)
    const tree = new SourceTree(fs.realpathSync.native(options.source, 'buffer'))
    return { ...nameHandlers(tree), ...attributeHandlers(tree), ...fileHandlers(tree) }
  },
})

/** Paths and owners below the source directory. */
class SourceTree {
  readonly #source: Buffer
  /** Only root can give files away; anybody else's are the daemon's own. */
  readonly #isRoot = process.getuid?.() === 0

  constructor(source: Buffer) {
    this.#source = source
  }

  pathOf(node: Node): Buffer {
    const path = node.path
    if (path === undefined) throw new FsError('ESTALE')
    return path.length === 0 ? this.#source : Buffer.concat([this.#source, SLASH, path])
  }

  /**
   * Uses what no name leads to any more, by a descriptor of its own: a client has it open, and the descriptors
   * of all workers are the process's. fstat(2) and fchmod(2) come without the client's handle.
   */
  withUnlinked<V>(node: Node, use: (handle: number) => V): V {
    for (const name of fs.readdirSync(DESCRIPTORS)) {
      const handle = this.#reopenDeleted(`${DESCRIPTORS}/${name}`)
      if (handle === undefined) continue
      try {
        const { identity } = entryOf(fs.fstatSync(handle, { bigint: true }))
        if (identity !== undefined && Buffer.compare(identity, node.identity) === 0)
          return use(handle)
      } finally {
        fs.closeSync(handle)
      }
    }
    throw new FsError('ESTALE')
  }

  #reopenDeleted(descriptor: string): number | undefined {
    try {
      // Only files of ours: opening a pipe, or a file on this very mount, would do more than open it.
      const target = fs.readlinkSync(descriptor, 'buffer')
      const isOurs = target.subarray(0, this.#source.length).equals(this.#source)
      if (!isOurs || !target.subarray(-DELETED.length).equals(DELETED)) return undefined
      return fs.openSync(descriptor, O_RDONLY | O_NONBLOCK)
    } catch {
      // Closed meanwhile.
      return undefined
    }
  }

  childOf(parent: Node, name: Buffer): Buffer {
    return Buffer.concat([this.pathOf(parent), SLASH, name])
  }

  entryAt(path: Buffer): Entry {
    return entryOf(fs.lstatSync(path, { bigint: true }))
  }

  /** Gives a new object to its caller and undoes the daemon's umask; the kernel has applied the caller's. */
  adopt(parent: Node, path: Buffer, mode: number, context: RequestContext): void {
    const stats = fs.lstatSync(path)
    if (this.#isRoot) {
      // A set-group-ID directory gives its group to what is made in it (inode(7)).
      const keepsGroup = (fs.statSync(this.pathOf(parent)).mode & S_ISGID) !== 0
      fs.lchownSync(
        path,
        context.uid ?? stats.uid,
        keepsGroup ? stats.gid : (context.gid ?? stats.gid),
      )
    }
    if (!stats.isSymbolicLink()) fs.chmodSync(path, (mode & 0o7777) | (stats.mode & S_ISGID))
  }
}

/** Device, inode number and birth time: an inode number alone is given again to the next file. */
function entryOf(stats: Stats): Entry {
  const identity = Buffer.allocUnsafe(24)
  identity.writeBigUInt64LE(BigInt.asUintN(64, stats.dev), 0)
  identity.writeBigUInt64LE(stats.ino, 8)
  identity.writeBigUInt64LE(BigInt.asUintN(64, stats.birthtimeNs), 16)
  return { identity, attributes: stats }
}

function nameHandlers(tree: SourceTree): InodeHandlers<Buffer, number> {
  return {
    lookup: (parent, name) => tree.entryAt(tree.childOf(parent, name)),
    readlink: (node) => fs.readlinkSync(tree.pathOf(node), 'buffer'),
    symlink(parent, name, target, context) {
      const path = tree.childOf(parent, name)
      fs.symlinkSync(target, path)
      tree.adopt(parent, path, 0o777, context)
      return tree.entryAt(path)
    },
    mknod(parent, name, mode, _rdev, context) {
      if ((mode & fs.constants.S_IFMT) !== fs.constants.S_IFREG) throw new FsError('EOPNOTSUPP')
      const path = tree.childOf(parent, name)
      fs.closeSync(fs.openSync(path, O_CREAT | O_EXCL | O_RDWR, mode & 0o7777))
      tree.adopt(parent, path, mode, context)
      return tree.entryAt(path)
    },
    mkdir(parent, name, mode, context) {
      const path = tree.childOf(parent, name)
      fs.mkdirSync(path, mode)
      tree.adopt(parent, path, mode, context)
      return tree.entryAt(path)
    },
    unlink: (parent, name) => fs.unlinkSync(tree.childOf(parent, name)),
    rmdir: (parent, name) => fs.rmdirSync(tree.childOf(parent, name)),
    rename: (parent, name, newParent, newName) =>
      fs.renameSync(tree.childOf(parent, name), tree.childOf(newParent, newName)),
    link(node, newParent, newName) {
      const path = tree.childOf(newParent, newName)
      fs.linkSync(tree.pathOf(node), path)
      return tree.entryAt(path)
    },
  }
}

function attributeHandlers(tree: SourceTree): InodeHandlers<Buffer, number> {
  /** Whatever of handle, path or somebody's descriptor there is. */
  const reach = <V>(
    node: Node,
    file: File | undefined,
    byHandle: (handle: number) => V,
    byPath: (path: Buffer) => V,
  ): V => {
    if (file !== undefined) return byHandle(file.handle)
    return node.path === undefined ? tree.withUnlinked(node, byHandle) : byPath(tree.pathOf(node))
  }
  const stat = (node: Node, file: File | undefined): Stats =>
    reach(
      node,
      file,
      (handle) => fs.fstatSync(handle, { bigint: true }),
      (path) => fs.lstatSync(path, { bigint: true }),
    )
  return {
    getattr: stat,
    setattr(node, changes, file) {
      reach(
        node,
        file,
        (handle) => changeFile(handle, changes),
        (path) => changePath(path, changes),
      )
      return stat(node, file)
    },
    statfs: (node) => fs.statfsSync(tree.pathOf(node), { bigint: true }),
  }
}

function changePath(path: Buffer, changes: AttributeChanges): void {
  const { mode, uid, gid, size } = changes
  // Owner first: a change of owner clears the set-ID bits that `mode` may ask for.
  if (uid !== undefined || gid !== undefined) {
    const stats = fs.lstatSync(path)
    fs.lchownSync(path, uid ?? stats.uid, gid ?? stats.gid)
  }
  if (mode !== undefined) fs.chmodSync(path, mode)
  if (size !== undefined) fs.truncateSync(path, size)
  if (changes.atime !== undefined || changes.mtime !== undefined) {
    const { atimeNs, mtimeNs } = fs.lstatSync(path, { bigint: true })
    fs.lutimesSync(path, time(changes.atime ?? atimeNs), time(changes.mtime ?? mtimeNs))
  }
}

function changeFile(handle: number, changes: AttributeChanges): void {
  const { mode, uid, gid, size } = changes
  if (uid !== undefined || gid !== undefined) {
    const stats = fs.fstatSync(handle)
    fs.fchownSync(handle, uid ?? stats.uid, gid ?? stats.gid)
  }
  if (mode !== undefined) fs.fchmodSync(handle, mode)
  if (size !== undefined) fs.ftruncateSync(handle, size)
  if (changes.atime !== undefined || changes.mtime !== undefined) {
    const { atimeNs, mtimeNs } = fs.fstatSync(handle, { bigint: true })
    fs.futimesSync(handle, time(changes.atime ?? atimeNs), time(changes.mtime ?? mtimeNs))
  }
}

/** Seconds for node:fs, which keeps microseconds of them. */
function time(change: bigint | 'now'): fs.TimeLike {
  if (change === 'now') return Date.now() / 1000
  const seconds = secondsOf(change)
  // A negative number is the present time to node:fs; its text is not (lib/internal/fs/utils.js toUnixTimestamp()).
  return seconds < 0 ? String(seconds) : seconds
}

/** The least number of seconds that is not cut to an earlier microsecond: libuv rounds down. */
function secondsOf(nanoseconds: bigint): number {
  const microseconds = nanoseconds / 1000n - (nanoseconds % 1000n < 0n ? 1n : 0n)
  const seconds = Number(microseconds) / 1e6
  const fraction = Number(((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n)
  const isCut = Math.floor((seconds - Math.floor(seconds)) * 1e9) < fraction * 1000
  return isCut ? seconds + Math.abs(seconds) * Number.EPSILON : seconds
}

/** Flags that are the kernel's business: it has created the file's name, and gives each write its offset. */
const KERNEL_FLAGS = O_CREAT | O_EXCL | O_NOCTTY | O_APPEND | O_DIRECT

function fileHandlers(tree: SourceTree): InodeHandlers<Buffer, number> {
  return {
    open: (node, flags) => fs.openSync(tree.pathOf(node), (flags & ~KERNEL_FLAGS) | O_NOFOLLOW),
    create(parent, name, mode, flags, context) {
      const path = tree.childOf(parent, name)
      const handle = createOrOpen(path, flags, mode, () => tree.adopt(parent, path, mode, context))
      return { ...entryOf(fs.fstatSync(handle, { bigint: true })), handle }
    },
    read: (file, buffer, position) => fs.readSync(file.handle, buffer, 0, buffer.length, position),
    write(file, buffer, position) {
      let written = 0
      while (written < buffer.length) {
        written += fs.writeSync(
          file.handle,
          buffer,
          written,
          buffer.length - written,
          position + written,
        )
      }
      return written
    },
    release: (file) => fs.closeSync(file.handle),
    fsync: (file, dataOnly) =>
      dataOnly ? fs.fdatasyncSync(file.handle) : fs.fsyncSync(file.handle),
    readdir: (directory) => listing(tree.pathOf(directory.node)),
  }
}

function* listing(path: Buffer): Iterable<{ name: Buffer; attributes?: Stats }> {
  for (const name of fs.readdirSync(path, 'buffer')) {
    const attributes = fs.lstatSync(Buffer.concat([path, SLASH, name]), {
      bigint: true,
      throwIfNoEntry: false,
    })
    // Removed since it was listed.
    if (attributes !== undefined) yield { name, attributes }
  }
}

/** Opens a file that somebody else has made meanwhile as it is: only a new one gets owner and mode. */
function createOrOpen(path: Buffer, flags: number, mode: number, onCreated: () => void): number {
  const wanted = (flags & ~KERNEL_FLAGS) | O_NOFOLLOW
  try {
    const handle = fs.openSync(path, wanted | O_CREAT | O_EXCL, mode)
    onCreated()
    return handle
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST'
    if (!exists || (flags & O_EXCL) !== 0) throw error
    return fs.openSync(path, wanted)
  }
}
