// What the VFS asks of a FUSE filesystem for each call of a client, and makes of the answers (fs/fuse/dir.c,
// fs/fuse/file.c). Nothing is cached: each path is looked up.

import { getSystemErrorName } from 'node:util'
import type { Reply, RequestBuilder, WireEntry } from '@fuseloop/core/testing'
import type { Outcome } from './kernel-under-test.js'
import { cstring, struct } from './wire.js'

const ROOT = 1
const O_CREAT = 0o100
const O_EXCL = 0o200
/** O_* that OPEN does not get. */
const NOT_IN_OPEN = O_CREAT | O_EXCL | 0o400
const O_DIRECTORY = 0o200000
/** The rest of lk_in behind fh: of F_WRLCK. */
const WRITE_LOCK = struct(40, [24, 4, 1])

export class CallError extends Error {
  readonly code: string

  constructor(errno: number) {
    const code = errno > 133 ? `E${errno}` : getSystemErrorName(-errno)
    super(code)
    this.code = code
  }
}

const ENOENT = 2
const EEXIST = 17
const EIO = 5

/** What the calls are made with. */
export interface CallPort {
  readonly request: RequestBuilder
  /** @throws CallError */
  ask(message: Uint8Array): Promise<Reply>
  /** In the background. */
  release(message: Uint8Array): void
  /** Settles when the client is told to go on. */
  wait(): Promise<void>
}

interface OpenFile {
  readonly nodeid: number
  readonly fh: bigint
  readonly isDirectory: boolean
  offset: number
}

export class VirtualCalls {
  readonly #port: CallPort
  #file: OpenFile = { nodeid: 0, fh: 0n, isDirectory: false, offset: 0 }

  constructor(port: CallPort) {
    this.#port = port
  }

  wait(): Promise<void> {
    return this.#port.wait()
  }

  async stat(name: string): Promise<void> {
    await this.size(name)
  }

  async size(name: string): Promise<Outcome> {
    const entry = name === '' ? undefined : await this.#existing(name)
    if (entry !== undefined && entry.attrValid > 0n) return Number(entry.attributes.size)
    const { attributes } = await this.#ask(this.#request.getattr(entry?.nodeid ?? ROOT))
    return Number(attributes.size)
  }

  async open(name: string, flags: number): Promise<void> {
    const entry = name === '' ? undefined : await this.#lookup(name)
    if (name !== '' && entry === undefined) return this.#create(name, flags)
    if ((flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL)) throw new CallError(EEXIST)
    const nodeid = entry?.nodeid ?? ROOT
    const isDirectory = (flags & O_DIRECTORY) !== 0
    const left = flags & ~NOT_IN_OPEN
    const request = this.#request
    const message = isDirectory ? request.opendir(nodeid, left) : request.open(nodeid, left)
    const { fh } = (await this.#ask(message)).opened
    this.#file = { nodeid, fh, isDirectory, offset: 0 }
  }

  async #create(name: string, flags: number): Promise<void> {
    if ((flags & O_CREAT) === 0) throw new CallError(ENOENT)
    const reply = await this.#ask(this.#request.create(ROOT, name, 0o100644, flags))
    const { nodeid } = reply.entry
    this.#file = { nodeid, fh: reply.opened.fh, isDirectory: false, offset: 0 }
  }

  async tmpfile(): Promise<void> {
    const body = struct(16, [0, 4, 0o20200002], [4, 4, 0o100600])
    const reply = await this.#ask(this.#request.message(51, ROOT, body, cstring('/')))
    const { nodeid } = reply.entry
    this.#file = { nodeid, fh: reply.opened.fh, isDirectory: false, offset: 0 }
  }

  async close(): Promise<void> {
    const { nodeid, fh, isDirectory } = this.#file
    try {
      if (!isDirectory) await this.#ask(this.#request.flush(nodeid, fh))
    } finally {
      const request = this.#request
      this.#port.release(isDirectory ? request.releasedir(nodeid, fh) : request.release(nodeid, fh))
    }
  }

  async fstat(): Promise<void> {
    const { nodeid, fh, isDirectory } = this.#file
    await this.#ask(this.#request.getattr(nodeid, isDirectory ? undefined : fh))
  }

  async read(count: number): Promise<Outcome> {
    const { nodeid, fh, offset } = this.#file
    const { body } = await this.#ask(this.#request.read(nodeid, fh, offset, count))
    this.#file.offset += body.byteLength
    return body.toString('latin1')
  }

  async write(text: string): Promise<Outcome> {
    const { nodeid, fh, offset } = this.#file
    const { written } = await this.#ask(this.#request.write(nodeid, fh, offset, text))
    this.#file.offset += written
    return written
  }

  async seek(offset: number, whence: number): Promise<Outcome> {
    const { body } = await this.#of(46, struct(16, [0, 8, offset], [8, 4, whence]))
    return Number(body.readBigUInt64LE(0))
  }

  async fsync(): Promise<void> {
    const { nodeid, fh, isDirectory } = this.#file
    const request = this.#request
    await this.#ask(isDirectory ? request.fsyncdir(nodeid, fh) : request.fsync(nodeid, fh))
  }

  async fallocate(length: number): Promise<void> {
    await this.#of(43, struct(24, [8, 8, length]))
  }

  /** 53 is asked for first; 47 where the daemon has none. */
  async copy(length: number): Promise<Outcome> {
    const target = await this.#existing('file')
    const { fh } = (await this.#ask(this.#request.open(target.nodeid, 2))).opened
    const body = struct(48, [8, 8, target.nodeid], [16, 8, fh], [32, 8, length])
    try {
      return Number((await this.#of(53, body)).body.readBigUInt64LE(0))
    } catch (error) {
      if ((error as Partial<CallError>).code !== 'ENOSYS') throw error
      return (await this.#of(47, body)).body.readUInt32LE(0)
    }
  }

  async ioctl(number: number, length: number): Promise<Outcome> {
    const sends = ((number >>> 30) & 1) !== 0
    const receives = ((number >>> 30) & 2) !== 0
    const inSize = sends ? length : 0
    const body = struct(24, [4, 4, number], [16, 4, inSize], [20, 4, receives ? length : 0])
    const reply = await this.#of(39, Buffer.concat([body, struct(inSize)]))
    const result = reply.body.readInt32LE(0)
    if (result < 0) throw new CallError(-result)
    return result
  }

  async lock(): Promise<void> {
    await this.#of(32, WRITE_LOCK)
  }

  async lockw(): Promise<void> {
    await this.#of(33, WRITE_LOCK)
  }

  async getlock(): Promise<Outcome> {
    return (await this.#of(31, WRITE_LOCK)).body.readUInt32LE(16)
  }

  async poll(): Promise<Outcome> {
    const ready = await this.#of(40, struct(16, [12, 4, 0x5])).catch((error: CallError) => error)
    if (ready instanceof CallError) return 'ERR'
    const bits = ready.body.readUInt32LE(0)
    const names = { ERR: 0x8, HUP: 0x10, IN: 0x1, OUT: 0x4 }
    return Object.entries(names)
      .filter(([, bit]) => (bits & bit) !== 0)
      .map(([name]) => name)
      .join(',')
  }

  async list(): Promise<Outcome> {
    const { nodeid, fh } = this.#file
    const { body } = await this.#ask(this.#request.readdir(nodeid, fh, 0, 4096))
    if (body.byteLength < 24) return false
    const nameLength = body.readUInt32LE(16)
    const name = body.subarray(24, 24 + nameLength)
    // fs/fuse/readdir.c parse_dirfile().
    if (nameLength === 0 || name.includes('/')) throw new CallError(EIO)
    return 24 + nameLength <= body.byteLength
  }

  async mkdir(name: string): Promise<void> {
    await this.#ask(this.#request.mkdir(ROOT, await this.#free(name), 0o755))
  }

  async mknod(name: string, mode: number): Promise<void> {
    await this.#ask(this.#request.mknod(ROOT, await this.#free(name), mode))
  }

  async symlink(target: string, name: string): Promise<void> {
    await this.#ask(this.#request.symlink(ROOT, await this.#free(name), target))
  }

  async link(old: string, name: string): Promise<void> {
    const { nodeid } = await this.#existing(old)
    await this.#ask(this.#request.link(nodeid, ROOT, await this.#free(name)))
  }

  async rmdir(name: string): Promise<void> {
    await this.#existing(name)
    await this.#ask(this.#request.message(11, ROOT, cstring(name)))
  }

  async unlink(name: string): Promise<void> {
    await this.#existing(name)
    await this.#ask(this.#request.unlink(ROOT, name))
  }

  async rename(old: string, name: string): Promise<void> {
    await this.#existing(old)
    await this.#lookup(name)
    await this.#ask(this.#request.rename(ROOT, old, ROOT, name))
  }

  async rename2(old: string, name: string, flags: number): Promise<void> {
    await this.#existing(old)
    await this.#lookup(name)
    const body = struct(16, [0, 8, ROOT], [8, 4, flags])
    await this.#ask(this.#request.message(45, ROOT, body, cstring(old), cstring(name)))
  }

  async readlink(name: string): Promise<Outcome> {
    const { nodeid } = await this.#existing(name)
    return (await this.#ask(this.#request.readlink(nodeid))).body.byteLength
  }

  async truncate(name: string, size: number): Promise<void> {
    const { nodeid } = await this.#existing(name)
    await this.#ask(this.#request.setattr(nodeid, { size }))
  }

  async chmod(name: string, mode: number): Promise<void> {
    const { nodeid } = await this.#existing(name)
    await this.#ask(this.#request.setattr(nodeid, { mode }))
  }

  async access(name: string, mask: number): Promise<void> {
    const { nodeid } = await this.#existing(name)
    await this.#ask(this.#request.access(nodeid, mask))
  }

  async statfs(): Promise<void> {
    await this.#ask(this.#request.statfs(ROOT))
  }

  async statx(name: string): Promise<void> {
    const { nodeid } = await this.#existing(name)
    await this.#ask(this.#request.message(52, nodeid, struct(24, [20, 4, 0xfff])))
  }

  getxattr(name: string, attribute: string, size: number): Promise<Outcome> {
    return this.#attribute(22, name, size, cstring(attribute))
  }

  listxattr(name: string, size: number): Promise<Outcome> {
    return this.#attribute(23, name, size)
  }

  async #attribute(opcode: number, name: string, size: number, ...rest: Uint8Array[]) {
    const { nodeid } = await this.#existing(name)
    const message = this.#request.message(opcode, nodeid, struct(8, [0, 4, size]), ...rest)
    const { body } = await this.#ask(message)
    return size === 0 ? body.readUInt32LE(0) : body.byteLength
  }

  async fsetxattr(attribute: string, length: number): Promise<void> {
    const head = struct(8, [0, 4, length])
    const { nodeid } = this.#file
    await this.#ask(this.#request.message(21, nodeid, head, cstring(attribute), struct(length)))
  }

  async removexattr(name: string, attribute: string): Promise<void> {
    const { nodeid } = await this.#existing(name)
    await this.#ask(this.#request.message(24, nodeid, cstring(attribute)))
  }

  get #request(): RequestBuilder {
    return this.#port.request
  }

  #ask(message: Uint8Array): Promise<Reply> {
    return this.#port.ask(message)
  }

  /** An operation on the open file whose body begins with its handle. */
  #of(opcode: number, rest: Uint8Array): Promise<Reply> {
    const { nodeid, fh } = this.#file
    return this.#ask(this.#request.message(opcode, nodeid, struct(8, [0, 8, fh]), rest))
  }

  /** undefined for what is not there. */
  async #lookup(name: string): Promise<WireEntry | undefined> {
    try {
      const { entry } = await this.#ask(this.#request.lookup(ROOT, name))
      return entry.nodeid === 0 ? undefined : entry
    } catch (error) {
      if ((error as Partial<CallError>).code === 'ENOENT') return undefined
      throw error
    }
  }

  async #existing(name: string): Promise<WireEntry> {
    const entry = await this.#lookup(name)
    if (entry === undefined) throw new CallError(ENOENT)
    return entry
  }

  async #free(name: string): Promise<string> {
    if ((await this.#lookup(name)) !== undefined) throw new CallError(EEXIST)
    return name
  }
}
