// Messages about extended attributes, ranges of files and whole filesystems.

import { cstring, halves, MessageBuilder, type Word } from './message-builder.js'

export interface SetxattrOrder {
  /** XATTR_CREATE 1, XATTR_REPLACE 2. */
  readonly flags?: number
  /** ACL_KILL_SGID 1. */
  readonly setxattrFlags?: number
  /** The 16 bytes of SETXATTR_EXT, which all but old kernels send; true if absent. */
  readonly extended?: boolean
}

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
}
