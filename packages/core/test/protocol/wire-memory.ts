// Hand-written messages for the codec tests, laid in the middle of a shared memory whose other bytes are
// neither NUL nor anything a test expects: a codec that strays shows itself.

import {
  ProtocolError,
  type ProtocolErrorCode,
  WireReader,
  WireWriter,
} from '@fuseloop/core/protocol'
import type { Test } from 'tap'

/** Not the memory's start; a multiple of 8, as that of every struct on the wire. */
const START = 64
const FILLER = 0x5a

/** Bytes from hex digits; blanks are for the eye. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/\s+/g, ''), 'hex'))
}

/** A request by opcode number: 40 bytes of header by hand, then `body`. */
export function request(opcode: number, body: Uint8Array, nodeid = 0x0102): Uint8Array {
  const message = Buffer.alloc(40 + body.length)
  message.writeUInt32LE(message.length, 0)
  message.writeUInt32LE(opcode, 4)
  message.writeUInt32LE(0x77, 8)
  message.writeUInt32LE(nodeid, 16)
  message.set(body, 40)
  return message
}

export function readerOf(message: Uint8Array): WireReader {
  const shared = new SharedArrayBuffer(START + message.length + 100)
  const memory = Buffer.from(shared).fill(FILLER)
  memory.set(message, START)
  const reader = new WireReader(new DataView(shared), memory)
  reader.reset(START, START + message.length)
  return reader
}

/** The bytes of a range that a decoder returned, as latin1. */
export function range(reader: WireReader, start: number, end: number): string {
  return Buffer.from(reader.bytes.subarray(start, end)).toString('latin1')
}

export interface Target {
  readonly writer: WireWriter
  /** What was claimed, in hex; bytes never written show as 5a. */
  written(): string
  /** Whether all bytes outside of the capacity are untouched. */
  intact(): boolean
}

export function writerOf(capacity: number): Target {
  const shared = new SharedArrayBuffer(START + capacity + 100)
  const memory = Buffer.from(shared).fill(FILLER)
  const writer = new WireWriter(new DataView(shared), memory)
  writer.reset(START, START + capacity)
  return {
    writer,
    written: () => memory.subarray(START, START + writer.length).toString('hex'),
    intact: () =>
      memory.every((byte, at) => byte === FILLER || (at >= START && at < START + capacity)),
  }
}

/** Asserts that `action` throws a ProtocolError with this code. */
export function refuses(
  test: Test,
  code: ProtocolErrorCode,
  action: () => unknown,
  message: string,
): void {
  test.equal(outcome(action), code, message)
}

/** Asserts that every message cut short is refused, and the whole one is not. */
export function refusesPrefixes(
  test: Test,
  message: Uint8Array,
  decode: (reader: WireReader) => unknown,
): void {
  const outcomes = Array.from({ length: message.length + 1 }, (_, length) =>
    outcome(() => decode(readerOf(message.subarray(0, length)))),
  )
  const short = Array.from(message, () => 'ERR_FUSE_SHORT_READ')
  test.same(outcomes, [...short, 'no error'], `prefixes of ${message.length} bytes`)
}

function outcome(action: () => unknown): string {
  try {
    action()
    return 'no error'
  } catch (error) {
    return ProtocolError.is(error) ? error.code : String(error)
  }
}
