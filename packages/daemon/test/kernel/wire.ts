// Replies and notifications by literal offsets of include/uapi/linux/fuse.h.

export const FILE_MODE = 0o100644
export const DIRECTORY_MODE = 0o040755
export const LINK_MODE = 0o120777

export type Field = readonly [offset: number, bytes: 1 | 2 | 4 | 8, value: number | bigint]

/** `length` bytes, zero but for the fields. */
export function struct(length: number, ...fields: readonly Field[]): Buffer {
  const bytes = Buffer.alloc(length)
  for (const [offset, width, value] of fields) {
    const word = BigInt.asUintN(8 * width, BigInt(value))
    if (width === 8) bytes.writeBigUInt64LE(word, offset)
    else bytes.writeUIntLE(Number(word), offset, width)
  }
  return bytes
}

/** fuse_out_header and what follows. */
export function outMessage(error: number, unique: bigint, body: Uint8Array = struct(0)): Buffer {
  const head = struct(16, [0, 4, 16 + body.byteLength], [4, 4, error], [8, 8, unique])
  return Buffer.concat([head, body])
}

export interface Attributes {
  readonly ino?: number
  readonly size?: number | bigint
}

function attr(mode: number, { ino = 1, size = 4096 }: Attributes): Buffer {
  return struct(88, [0, 8, ino], [8, 8, size], [60, 4, mode], [64, 4, 1])
}

export interface Validity {
  /** Seconds; 0 if absent, so that each call of a client reaches the device. */
  readonly entryValid?: number
  readonly attrValid?: number
}

export function entryOut(
  nodeid: number,
  mode: number,
  options: Attributes & Validity & { readonly generation?: number } = {},
): Buffer {
  const { generation = 0, entryValid = 0, attrValid = 0 } = options
  const head = struct(
    40,
    [0, 8, nodeid],
    [8, 8, generation],
    [16, 8, entryValid],
    [24, 8, attrValid],
  )
  return Buffer.concat([head, attr(mode, { ino: nodeid, ...options })])
}

export function attrOut(mode: number, options: Attributes & Validity = {}): Buffer {
  return Buffer.concat([struct(16, [0, 8, options.attrValid ?? 0]), attr(mode, options)])
}

/** FOPEN_DIRECT_IO: READ and WRITE are as the client asks, nothing is cached. */
const DIRECT_IO = 1

export function openOut(openFlags = DIRECT_IO, fh = 7): Buffer {
  return struct(16, [0, 8, fh], [8, 4, openFlags])
}

export interface InitReply {
  readonly major?: number
  readonly minor?: number
  /** 64 bits. */
  readonly flags?: bigint
  readonly maxWrite?: number
  readonly maxPages?: number
}

export function initOut(options: InitReply = {}): Buffer {
  const { major = 7, minor = 45, flags = 0n, maxWrite = 4096, maxPages = 0 } = options
  const high = flags >> 32n
  const low = high === 0n ? flags : flags | (1n << 30n)
  return struct(
    64,
    [0, 4, major],
    [4, 4, minor],
    [8, 4, 131072],
    [12, 4, low],
    [20, 4, maxWrite],
    [28, 2, maxPages],
    [32, 4, high],
  )
}

/** fuse_dirent with its padding. */
export function dirent(name: string, cookie: number, nameLength: number = name.length): Buffer {
  const length = (24 + name.length + 7) & ~7
  const record = struct(length, [0, 8, 99], [8, 8, cookie], [16, 4, nameLength], [20, 4, 8])
  record.write(name, 24)
  return record
}

export function cstring(text: string): Buffer {
  return Buffer.from(`${text}\0`)
}
