// Whatever bytes a message has, a decoder gives what lies within them, or a ProtocolError.

import { inspect, isDeepStrictEqual } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as protocol from '@fuseloop/core/protocol'
import { ProtocolError, type ProtocolErrorCode, WireReader } from '@fuseloop/core/protocol'
import { RequestBuilder } from '@fuseloop/core/testing'
import * as fc from 'fast-check'
import t from 'tap'
import { fuzz } from './fuzz-run.js'
import { malformedMessage, validMessages } from './malformed-messages.js'

type Decode = (reader: WireReader) => unknown

const DECODERS: Readonly<Record<string, Decode>> = {
  checkInHeader: protocol.checkInHeader,
  decodeAccess: protocol.decodeAccess,
  decodeBatchForget: protocol.decodeBatchForget,
  decodeBmap: protocol.decodeBmap,
  decodeCopyFileRange: protocol.decodeCopyFileRange,
  decodeCreate: protocol.decodeCreate,
  decodeFallocate: protocol.decodeFallocate,
  decodeExtensions: protocol.decodeExtensions,
  decodeFlush: protocol.decodeFlush,
  decodeForget: protocol.decodeForget,
  decodeFsync: protocol.decodeFsync,
  decodeFsyncdir: protocol.decodeFsyncdir,
  decodeGetattr: protocol.decodeGetattr,
  decodeGetxattr: protocol.decodeGetxattr,
  decodeInHeader: protocol.decodeInHeader,
  decodeInit: protocol.decodeInit,
  decodeInterrupt: protocol.decodeInterrupt,
  decodeIoctl: protocol.decodeIoctl,
  decodeLink: protocol.decodeLink,
  decodeListxattr: protocol.decodeListxattr,
  decodeLock: protocol.decodeLock,
  decodeLseek: protocol.decodeLseek,
  decodeMkdir: protocol.decodeMkdir,
  decodeMknod: protocol.decodeMknod,
  decodeName: protocol.decodeName,
  decodeNotifyReply: protocol.decodeNotifyReply,
  decodeOpen: protocol.decodeOpen,
  decodeOpendir: protocol.decodeOpendir,
  decodePoll: protocol.decodePoll,
  decodeRead: protocol.decodeRead,
  decodeReaddir: protocol.decodeReaddir,
  decodeRelease: protocol.decodeRelease,
  decodeReleasedir: protocol.decodeReleasedir,
  decodeRemovexattr: protocol.decodeRemovexattr,
  decodeRename: protocol.decodeRename,
  decodeRename2: protocol.decodeRename2,
  decodeSetattr: protocol.decodeSetattr,
  decodeSetxattr: (reader) => protocol.decodeSetxattr(reader, true),
  decodeStatx: protocol.decodeStatx,
  decodeSymlink: protocol.decodeSymlink,
  decodeTmpfile: protocol.decodeTmpfile,
  decodeText: ({ bytes, start, end }) => protocol.decodeText(bytes, start, end),
  decodeWrite: protocol.decodeWrite,
}

/** What is wrong with a message; the other codes are about replies. */
const KNOWN: ReadonlySet<ProtocolErrorCode> = new Set([
  'ERR_FUSE_SHORT_READ',
  'ERR_FUSE_BAD_LENGTH',
  'ERR_FUSE_UNSAFE_INTEGER',
  'ERR_FUSE_BAD_NAME',
] satisfies ProtocolErrorCode[])

const START = 61
const SIZE = 128 * 1024
const MiB = 1024 * 1024

const memory = Buffer.from(new SharedArrayBuffer(SIZE))
const reader = new WireReader(new DataView(memory.buffer), memory)

function lay(message: Uint8Array, behind: number): WireReader {
  const end = START + message.byteLength
  memory.fill(behind, end, end + 200)
  memory.set(message, START)
  reader.reset(START, end)
  return reader
}

/** True when it took the message. @throws Error when it does what it must not */
function checkDecoder(name: string, message: Uint8Array): boolean {
  // What is behind the message must not show: neither a NUL that ends a name, nor a number.
  const outcome = decode(name, message, 0)
  const other = decode(name, message, 0x5a)
  if (!isDeepStrictEqual(outcome, other)) {
    throw new Error(`${name} reads behind the message: ${inspect(outcome)}, ${inspect(other)}`)
  }
  if ('refusal' in outcome) return false
  checkResult(name, outcome.result, message.byteLength)
  return true
}

type Outcome = { readonly refusal: ProtocolErrorCode } | { readonly result: unknown }

function decode(name: string, message: Uint8Array, behind: number): Outcome {
  try {
    return { result: DECODERS[name]?.(lay(message, behind)) }
  } catch (error) {
    if (ProtocolError.is(error) && KNOWN.has(error.code)) return { refusal: error.code }
    throw new Error(`${name} threw ${String(error)}`, { cause: error })
  }
}

function checkResult(name: string, result: unknown, length: number): void {
  if (typeof result === 'string') {
    if (result.length > length) throw new Error(`${name}: more characters than bytes`)
  } else if (typeof result === 'number') {
    if (!Number.isSafeInteger(result)) throw new Error(`${name} gave ${result}`)
  } else if (Array.isArray(result)) {
    if (result.length * 16 > length) throw new Error(`${name}: ${result.length} of ${length} bytes`)
    for (const part of result) checkResult(name, part, length)
  } else if (typeof result === 'object' && result !== null) {
    checkRanges(name, result, length)
    for (const part of Object.values(result)) checkResult(name, part, length)
  }
}

/** xStart and xEnd name bytes behind the header and within the message, strings with a NUL behind them. */
function checkRanges(name: string, result: object, length: number): void {
  const fields = new Map(Object.entries(result) as [string, number][])
  for (const [field, start] of fields) {
    if (!field.endsWith('Start')) continue
    const end = fields.get(field.replace('Start', 'End')) as number
    const least = field === 'dataStart' ? 0 : 1
    if (start < START + 40 || end < start + least || end + least > START + length)
      throw new Error(`${name}: ${field} ${start} to ${end} in ${length} bytes`)
  }
}

t.test('the table holds every decoder there is', async (t) => {
  const exported = Object.keys(protocol).filter((name) => /^(decode|check)[A-Z]/.test(name))
  t.same(Object.keys(DECODERS).sort(), exported.sort())
})

t.test('every decoder refuses a message, or gives what lies within the message', async (t) => {
  const names = Object.keys(DECODERS)
  const taken = new Map<string, number>(names.map((name) => [name, 0]))
  await fuzz(
    fc.asyncProperty(malformedMessage, async (message) => {
      for (const name of names) {
        if (checkDecoder(name, message)) taken.set(name, (taken.get(name) as number) + 1)
      }
    }),
    3000,
  )
  for (const [name, count] of taken) t.ok(count > 0, `${name} took ${count} messages`)
})

t.test('every prefix of every message is refused, or lies within', async (t) => {
  let taken = 0
  for (const message of validMessages()) {
    for (let length = 0; length <= message.byteLength; length++) {
      for (const name of Object.keys(DECODERS)) {
        if (checkDecoder(name, message.subarray(0, length))) taken += 1
      }
    }
  }
  t.ok(taken > 1000, `${taken} were taken`)
})

function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

t.test('a count or size that the message belies costs no memory', async (t) => {
  const request = new RequestBuilder()
  const messages = [
    request.batchForget([[2, 1]]),
    request.write(2, 0, 0, 'data'),
    request.read(2, 0, 0, 1),
    request.readdir(2, 0, 0, 1),
  ].map((message) => Buffer.from(message))
  for (const message of messages) {
    message.writeUInt32LE(0xffff_ffff, 40)
    if (message.byteLength >= 60) message.writeUInt32LE(0xffff_ffff, 56)
  }
  const before = usedBytes()
  for (let round = 0; round < 20_000; round++) {
    for (const message of messages) {
      for (const name of ['decodeBatchForget', 'decodeWrite', 'decodeRead'])
        checkDecoder(name, message)
    }
    // Before anything is collected: a result of 2^32 records would not get this far.
    if (round === 0) t.ok(process.memoryUsage().heapUsed - before < 16 * MiB)
  }
  const grown = usedBytes() - before
  t.ok(grown < 8 * MiB, `240,000 messages leave ${grown} bytes`)
})
