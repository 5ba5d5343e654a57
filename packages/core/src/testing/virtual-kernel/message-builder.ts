// A request message of the kernel's: header, then parts by literal offsets of include/uapi/linux/fuse.h, so that
// a wrong codec cannot agree with itself.

import type { Unique } from '../../base/ids.js'

/** Numbers of the header that say who asks. */
export interface Caller {
  /** fsuid; 2^32-1 is what an idmapped mount tells instead. */
  readonly uid: number
  /** fsgid; 2^32-1 as with `uid`. */
  readonly gid: number
  /** Of the calling thread; 0 is the kernel itself. */
  readonly pid: number
}

/** 64-bit words: fh, offsets, sizes, lookup counts. */
export type Word = number | bigint

const HEADER = 40
/** No thread has this number (PID_MAX_LIMIT is 2^22): one of the tests' own process would be refused (EDEADLK). */
const NOBODY: Caller = { uid: 1000, gid: 1000, pid: 5_000_000 }

/** Makes messages with uniques of their own: even numbers, as the kernel does (FUSE_REQ_ID_STEP). */
export class MessageBuilder {
  readonly #caller: Caller
  #unique = 0n

  constructor(caller: Partial<Caller> = {}) {
    this.#caller = { ...NOBODY, ...caller }
  }

  /** Any request: an opcode by number, a nodeid, and the bytes that follow the header. */
  message(opcode: number, nodeid: Word, ...parts: readonly Uint8Array[]): Uint8Array {
    this.#unique += 2n
    return this.build(opcode, nodeid, this.#unique, parts)
  }

  protected build(
    opcode: number,
    nodeid: Word,
    unique: Unique,
    parts: readonly Uint8Array[],
  ): Uint8Array {
    const header = bytes(HEADER)
    const message = Buffer.concat([header, ...parts])
    put32(message, 0, message.byteLength)
    put32(message, 4, opcode)
    put64(message, 8, unique)
    put64(message, 16, nodeid)
    put32(message, 24, this.#caller.uid)
    put32(message, 28, this.#caller.gid)
    put32(message, 32, this.#caller.pid)
    return message
  }
}

/** With its NUL. */
export function cstring(text: string | Uint8Array): Uint8Array {
  return Buffer.concat([typeof text === 'string' ? Buffer.from(text) : text, bytes(1)])
}

/** 64 bits each. */
export function words(...values: readonly Word[]): Uint8Array {
  const body = bytes(8 * values.length)
  for (const [index, value] of values.entries()) put64(body, 8 * index, value)
  return body
}

/** 32 bits each. */
export function halves(...values: readonly number[]): Uint8Array {
  const body = bytes(4 * values.length)
  for (const [index, value] of values.entries()) put32(body, 4 * index, value)
  return body
}

export function bytes(length: number): Buffer {
  return Buffer.alloc(length)
}

export function put32(target: Uint8Array, offset: number, value: number): void {
  viewOf(target).setUint32(offset, value, true)
}

export function put64(target: Uint8Array, offset: number, value: Word): void {
  viewOf(target).setBigUint64(offset, BigInt.asUintN(64, BigInt(value)), true)
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
