// A file of 4 KiB blocks with holes and extended attributes, for filesystems under test.

import { FsError, type IoctlReturn } from '@fuseloop/core'

const BLOCK = 4096
const KEEP_SIZE = 1
const PUNCH_HOLE = 2
const SEEK_DATA = 3
const XATTR_CREATE = 1
const XATTR_REPLACE = 2
/** _IOWR('f', 7, 8 bytes): the sum of two words goes into the first. */
const SUM = 0xc0086607

export class SparseFile {
  size = 0
  readonly #blocks = new Map<number, Buffer>()
  readonly #xattrs = new Map<string, Buffer>()

  get attributes() {
    const blocks = this.#blocks.size * (BLOCK / 512)
    return { mode: 0o100666, size: this.size, blocks, birthtimeNs: 1_234_567_890_123_456_789n }
  }

  read(buffer: Buffer, position: number): number {
    const length = Math.max(0, Math.min(buffer.length, this.size - position))
    for (let done = 0; done < length; ) {
      const within = (position + done) % BLOCK
      const part = Math.min(BLOCK - within, length - done)
      const block = this.#blocks.get(Math.floor((position + done) / BLOCK))
      if (block === undefined) buffer.fill(0, done, done + part)
      else block.copy(buffer, done, within, within + part)
      done += part
    }
    return length
  }

  write(buffer: Buffer, position: number): number {
    for (let done = 0; done < buffer.length; ) {
      const within = (position + done) % BLOCK
      const part = Math.min(BLOCK - within, buffer.length - done)
      buffer.copy(this.#block(Math.floor((position + done) / BLOCK)), within, done, done + part)
      done += part
    }
    this.size = Math.max(this.size, position + buffer.length)
    return buffer.length
  }

  allocate(mode: number, offset: number, length: number): void {
    if (mode === (PUNCH_HOLE | KEEP_SIZE)) {
      for (let at = Math.ceil(offset / BLOCK); at < Math.floor((offset + length) / BLOCK); at++)
        this.#blocks.delete(at)
      return
    }
    if (mode !== 0 && mode !== KEEP_SIZE) throw new FsError('EOPNOTSUPP')
    const end = offset + length
    for (let at = Math.floor(offset / BLOCK); at < Math.ceil(end / BLOCK); at++) this.#block(at)
    if (mode === 0) this.size = Math.max(this.size, end)
  }

  seek(offset: number, whence: number): number {
    if (offset >= this.size) throw new FsError('ENXIO')
    for (let at = offset; at < this.size; at = (Math.floor(at / BLOCK) + 1) * BLOCK)
      if (this.#blocks.has(Math.floor(at / BLOCK)) === (whence === SEEK_DATA)) return at
    if (whence === SEEK_DATA) throw new FsError('ENXIO')
    return this.size
  }

  copyTo(target: SparseFile, position: number, targetPosition: number, length: number): number {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, this.size - position)))
    this.read(buffer, position)
    return target.write(buffer, targetPosition)
  }

  control(command: number, input: Buffer): IoctlReturn {
    if (command !== SUM) throw new FsError('ENOTTY')
    const data = Buffer.from(input)
    data.writeUInt32LE(input.readUInt32LE(0) + input.readUInt32LE(4), 0)
    return { result: 42, data }
  }

  setXattr(name: string, value: Buffer, flags: number): void {
    const exists = this.#xattrs.has(name)
    if (exists && (flags & XATTR_CREATE) !== 0) throw new FsError('EEXIST')
    if (!exists && (flags & XATTR_REPLACE) !== 0) throw new FsError('ENODATA')
    this.#xattrs.set(name, Buffer.from(value))
  }

  getXattr(name: string): Buffer | undefined {
    return this.#xattrs.get(name)
  }

  listXattrs(): Iterable<string> {
    return this.#xattrs.keys()
  }

  removeXattr(name: string): void {
    if (!this.#xattrs.delete(name)) throw new FsError('ENODATA')
  }

  #block(at: number): Buffer {
    const block = this.#blocks.get(at) ?? Buffer.alloc(BLOCK)
    this.#blocks.set(at, block)
    return block
  }
}
