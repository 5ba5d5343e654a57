// A file that a client has open: reads and writes as they are, in the pieces that INIT allows, no page cache.

import { constants } from 'node:fs'
import type { FileHandle } from '../../base/ids.js'
import type { Backing } from './backing-registry.js'
import { type ClientCalls, type ClientError, refusal } from './client-calls.js'
import type { Negotiated } from './init-reply.js'
import type { SetattrChanges } from './request-builder.js'
import type { WireAttributes, WireIoctl } from './wire-replies.js'

const PAGE_SIZE = 4096
const SEEK_DATA = 3
const SEEK_HOLE = 4
/** _IOC_WRITE, _IOC_READ and the size of the data in a command (include/uapi/asm-generic/ioctl.h). */
const IOC_WRITE = 0x4000_0000
const IOC_READ = 0x8000_0000
const IOC_SIZE = 0x3fff
/** STATX_BASIC_STATS and STATX_BTIME. */
const STATX_ASKED = 0xfff
const STATX_BTIME = 0x800
const NOTHING = new Uint8Array(0)

/** What INIT settled, as far as a client depends on it. */
export type ClientLimits = Pick<Negotiated, 'maxWrite' | 'maxPages' | 'flags'>

export interface OpenedNode {
  readonly nodeid: bigint
  readonly fh: FileHandle
  /** O_* as the client gave them. */
  readonly flags: number
  /** Where reads and writes go by the daemon. */
  readonly backing?: Backing | undefined
  /** References that last until the file is closed. */
  readonly held: readonly bigint[]
}

/** One open file of a client. */
export class KernelFile {
  /** Of the node that is open. */
  readonly nodeid: bigint
  /** As the daemon gave it. */
  readonly fh: FileHandle
  readonly #calls: ClientCalls
  readonly #limits: ClientLimits
  readonly #opened: OpenedNode
  #position = 0
  #isClosed = false

  constructor(calls: ClientCalls, limits: ClientLimits, opened: OpenedNode) {
    this.#calls = calls
    this.#limits = limits
    this.#opened = opened
    this.nodeid = opened.nodeid
    this.fh = opened.fh
  }

  /** At most `size` bytes from `position`, or from where the last one ended; fewer at the end of the file. */
  async read(size: number, position: number = this.#position): Promise<Buffer> {
    const most = this.#limits.maxPages * PAGE_SIZE
    const pieces: Buffer[] = []
    let done = 0
    while (done < size) {
      const wanted = Math.min(most, size - done)
      const piece = await this.#readOnce(wanted, position + done)
      pieces.push(piece)
      done += piece.byteLength
      // A short reply is the end of the file (fs/fuse/file.c fuse_direct_io(): nres < nbytes).
      if (piece.byteLength < wanted) break
    }
    this.#position = position + done
    return Buffer.concat(pieces)
  }

  /** From the start to the end. */
  async readAll(): Promise<Buffer> {
    const most = this.#limits.maxPages * PAGE_SIZE
    const pieces: Buffer[] = []
    for (let position = 0; ; ) {
      const piece = await this.read(most, position)
      pieces.push(piece)
      position += piece.byteLength
      if (piece.byteLength < most) return Buffer.concat(pieces)
    }
  }

  /** How many bytes were written: fewer than given where the filesystem takes fewer. */
  async write(data: string | Uint8Array, position?: number): Promise<number> {
    const bytes = Buffer.from(data)
    const start = await this.#startOfWrite(position)
    let done = 0
    do {
      const piece = bytes.subarray(done, done + this.#limits.maxWrite)
      const written = await this.#writeOnce(piece, start + done)
      done += written
      if (written < piece.byteLength) break
    } while (done < bytes.byteLength)
    this.#position = start + done
    return done
  }

  /** fstat(2): the handle does not come with it (fs/fuse/dir.c fuse_getattr() has no file). */
  async stat(): Promise<WireAttributes> {
    return (await this.#calls.call(this.#calls.request.getattr(this.nodeid))).attributes
  }

  /** ftruncate(2), whose request does carry the handle (ATTR_FILE). */
  truncate(size: number): Promise<WireAttributes> {
    return this.change({ size, fh: this.fh })
  }

  /** fchmod(2), fchown(2), futimens(3): without the handle. */
  async change(changes: SetattrChanges): Promise<WireAttributes> {
    const message = this.#calls.request.setattr(this.nodeid, changes)
    return (await this.#calls.call(message)).attributes
  }

  /** fallocate(2). @throws ClientError EOPNOTSUPP where the filesystem has no such thing */
  async allocate(mode: number, offset: number | bigint, length: number | bigint): Promise<void> {
    const { request } = this.#calls
    const message = request.fallocate(this.nodeid, this.fh, mode, offset, length)
    await this.#calls.callOr('EOPNOTSUPP', message)
  }

  /**
   * lseek(2) for data or holes. Without a handler all is data, and the end of the file the only hole
   * (fs/fuse/file.c fuse_lseek(), mm's generic_file_llseek()).
   */
  async seek(whence: 'data' | 'hole', offset: number | bigint): Promise<bigint> {
    const message = this.#calls.request.lseek(
      this.nodeid,
      this.fh,
      offset,
      whence === 'data' ? SEEK_DATA : SEEK_HOLE,
    )
    try {
      return (await this.#calls.callOr('EOPNOTSUPP', message)).word
    } catch (error) {
      if ((error as Partial<ClientError>).code !== 'EOPNOTSUPP') throw error
    }
    const { size } = await this.stat()
    if (BigInt(offset) >= size) throw refusal('ENXIO', 'behind the end of the file')
    return whence === 'data' ? BigInt(offset) : size
  }

  /**
   * copy_file_range(2): COPY_FILE_RANGE_64, then COPY_FILE_RANGE, then by reading and writing, as each before is
   * not there or refuses (fs/fuse/file.c fuse_copy_file_range()).
   */
  async copyTo(target: KernelFile, length: number, from = 0, to = 0): Promise<number> {
    const source = { nodeid: this.nodeid, fh: this.fh, offset: from }
    const goal = { nodeid: target.nodeid, fh: target.fh, offset: to }
    const { request } = this.#calls
    try {
      const message = request.copyFileRange64(source, goal, length)
      return Number((await this.#calls.callOr('EOPNOTSUPP', message)).word)
    } catch (error) {
      if (!isRefusedCopy(error)) throw error
    }
    try {
      const message = request.copyFileRange(source, goal, length)
      return (await this.#calls.callOr('EOPNOTSUPP', message)).written
    } catch (error) {
      if (!isRefusedCopy(error)) throw error
    }
    return await target.write(await this.read(length, from), to)
  }

  /**
   * ioctl(2): the command's direction and size say what travels (fs/fuse/ioctl.c fuse_do_ioctl()). ENOSYS is ENOTTY
   * for the client, and asked again the next time.
   */
  async ioctl(command: number, input: Uint8Array = NOTHING): Promise<WireIoctl> {
    const size = (command >>> 16) & IOC_SIZE
    const order = {
      input: (command & IOC_WRITE) === 0 ? NOTHING : Buffer.concat([input], size),
      outSize: (command & IOC_READ) === 0 ? 0 : size,
    }
    try {
      const message = this.#calls.request.ioctl(this.nodeid, this.fh, command, order)
      return (await this.#calls.call(message)).ioctl
    } catch (error) {
      if ((error as Partial<ClientError>).code !== 'ENOSYS') throw error
      throw refusal('ENOTTY', 'ioctl')
    }
  }

  /** statx(2) that asks for the time of birth: STATX, or GETATTR where there is none (fs/fuse/dir.c). */
  async statx(): Promise<WireAttributes & { readonly btime?: bigint }> {
    const message = this.#calls.request.statx(this.nodeid, 0, STATX_ASKED)
    try {
      const { mask, btime, rdev, ...rest } = (await this.#calls.callOr('EOPNOTSUPP', message)).statx
      const device = { rdev: (rdev[0] << 8) | (rdev[1] & 0xff) | ((rdev[1] & ~0xff) << 12) }
      return { ...rest, ...device, ...((mask & STATX_BTIME) !== 0 && { btime }) }
    } catch (error) {
      if ((error as Partial<ClientError>).code !== 'EOPNOTSUPP') throw error
      return await this.stat()
    }
  }

  /** FIBMAP on a mount of type fuseblk: 0 where nothing is known (fs/fuse/file.c fuse_bmap(): fc->no_bmap). */
  async blockOf(block: number | bigint, blocksize: number): Promise<bigint> {
    const message = this.#calls.request.bmap(this.nodeid, block, blocksize)
    try {
      return (await this.#calls.callOr('EOPNOTSUPP', message)).word
    } catch {
      return 0n
    }
  }

  sync(dataOnly = false): Promise<void> {
    return this.#calls.callOptional(this.#calls.request.fsync(this.nodeid, this.fh, dataOnly))
  }

  /** What each close(2) of a duplicate brings. */
  flush(): Promise<void> {
    return this.#calls.callOptional(this.#calls.request.flush(this.nodeid, this.fh))
  }

  /**
   * FLUSH, then RELEASE whatever came of it. Waits for the answer to both, so that the client knows when all is
   * over; close(2) itself does not wait for RELEASE.
   * @throws what FLUSH got
   */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    try {
      await this.flush()
    } finally {
      await this.#calls.release(this.nodeid, this.fh, this.#opened.flags, false)
      this.#calls.forget(this.#opened.held)
    }
  }

  async #readOnce(size: number, position: number): Promise<Buffer> {
    const { flags, backing } = this.#opened
    if (backing !== undefined) return backing.file.read(size, position)
    const message = this.#calls.request.read(this.nodeid, this.fh, position, size, flags)
    return (await this.#calls.call(message)).body
  }

  async #writeOnce(piece: Uint8Array, position: number): Promise<number> {
    const { flags, backing } = this.#opened
    if (backing !== undefined) {
      backing.file.write(piece, position)
      return piece.byteLength
    }
    const message = this.#calls.request.write(this.nodeid, this.fh, position, piece, flags)
    return (await this.#calls.call(message)).written
  }

  /** O_APPEND is the kernel's business: it asks for the size and writes there. */
  async #startOfWrite(position: number | undefined): Promise<number> {
    if ((this.#opened.flags & constants.O_APPEND) === 0) return position ?? this.#position
    return Number((await this.stat()).size)
  }
}

/** The kernel copies by itself then. */
function isRefusedCopy(error: unknown): boolean {
  const { code } = error as Partial<ClientError>
  return code === 'EOPNOTSUPP' || code === 'EXDEV'
}
