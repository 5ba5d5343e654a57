// Messages about extended attributes, ranges of files and whole filesystems.

import { cstring, halves, MessageBuilder, type Word, words } from './message-builder.js'

/** What SETXATTR carries besides name and value. */
export interface SetxattrOrder {
  /** XATTR_CREATE 1, XATTR_REPLACE 2. */
  readonly flags?: number
  /** ACL_KILL_SGID 1. */
  readonly setxattrFlags?: number
  /** The 16 bytes of SETXATTR_EXT, which all but old kernels send; true if absent. */
  readonly extended?: boolean
}

/** What IOCTL carries besides the command. */
export interface IoctlOrder {
  readonly input?: Uint8Array
  readonly outSize?: number
  /** FUSE_IOCTL_*. */
  readonly flags?: number
  readonly argument?: Word
}

/** One end of a copy: an open file and where in it. */
export interface CopyEnd {
  readonly nodeid: Word
  readonly fh: Word
  readonly offset: Word
}

/** Makes messages about what files have besides their data. */
export class FileRequests extends MessageBuilder {
  setxattr(
    nodeid: Word,
    name: string | Uint8Array,
    value: string | Uint8Array,
    order: SetxattrOrder = {},
  ): Uint8Array {
    const { flags = 0, setxattrFlags = 0, extended = true } = order
    const content = typeof value === 'string' ? Buffer.from(value) : value
    const head = halves(content.byteLength, flags, ...(extended ? [setxattrFlags, 0] : []))
    return this.message(21, nodeid, head, cstring(name), content)
  }

  /** @param size room for the value; 0 asks for its size */
  getxattr(nodeid: Word, name: string | Uint8Array, size: number): Uint8Array {
    return this.message(22, nodeid, halves(size, 0), cstring(name))
  }

  listxattr(nodeid: Word, size: number): Uint8Array {
    return this.message(23, nodeid, halves(size, 0))
  }

  removexattr(nodeid: Word, name: string | Uint8Array): Uint8Array {
    return this.message(24, nodeid, cstring(name))
  }

  fallocate(nodeid: Word, fh: Word, mode: number, offset: Word, length: Word): Uint8Array {
    return this.message(43, nodeid, words(fh, offset, length), halves(mode, 0))
  }

  /** @param whence SEEK_DATA 3, SEEK_HOLE 4 */
  lseek(nodeid: Word, fh: Word, offset: Word, whence: number): Uint8Array {
    return this.message(46, nodeid, words(fh, offset), halves(whence, 0))
  }

  copyFileRange(source: CopyEnd, target: CopyEnd, length: Word, flags: Word = 0): Uint8Array {
    return this.message(47, source.nodeid, copyBody(source, target, length, flags))
  }

  /** What Linux asks first from protocol 7.45 on. */
  copyFileRange64(source: CopyEnd, target: CopyEnd, length: Word, flags: Word = 0): Uint8Array {
    return this.message(53, source.nodeid, copyBody(source, target, length, flags))
  }

  bmap(nodeid: Word, block: Word, blocksize: number): Uint8Array {
    return this.message(37, nodeid, words(block), halves(blocksize, 0))
  }

  /** ioctl_in: fh, flags, cmd, arg, in_size, out_size. */
  ioctl(nodeid: Word, fh: Word, command: number, order: IoctlOrder = {}): Uint8Array {
    const { input = Buffer.alloc(0), outSize = 0, flags = 0, argument = 0 } = order
    return this.message(
      39,
      nodeid,
      words(fh),
      halves(flags, command),
      words(argument),
      halves(input.byteLength, outSize),
      input,
    )
  }

  /** @param kh by which the daemon wakes; somebody waits if given */
  poll(nodeid: Word, fh: Word, events: number, kh?: Word): Uint8Array {
    return this.message(40, nodeid, words(fh, kh ?? 0), halves(kh === undefined ? 0 : 1, events))
  }

  /** @param fh of a file that the client has open */
  statx(nodeid: Word, flags: number, mask: number, fh?: Word): Uint8Array {
    const head = halves(fh === undefined ? 0 : 1, 0)
    return this.message(52, nodeid, head, words(fh ?? 0), halves(flags, mask))
  }

  syncfs(nodeid: Word): Uint8Array {
    return this.message(50, nodeid, words(0))
  }
}

/** copy_file_range_in: fh_in, off_in, nodeid_out, fh_out, off_out, len, flags. */
function copyBody(source: CopyEnd, target: CopyEnd, length: Word, flags: Word): Uint8Array {
  const { nodeid, fh, offset } = target
  return words(source.fh, source.offset, nodeid, fh, offset, length, flags)
}
