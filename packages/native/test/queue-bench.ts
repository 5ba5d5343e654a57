// A native queue with handles of its own, on one thread, and what tests ask of it.

import { setImmediate as turn } from 'node:timers/promises'
import { decodeQueueEvents, loadNativeBinding, type QueueEvent } from '@fuseloop/native'

const binding = loadNativeBinding()
export const BUFFER = 65536

/** Message kinds by opcode; nothing looks at their bodies here. */
export const Op = {
  LOOKUP: 1,
  FORGET: 2,
  SETXATTR: 21,
  INIT: 26,
  INTERRUPT: 36,
  NOTIFY_REPLY: 41,
  BATCH_FORGET: 42,
} as const
export const Kind = { FOREGROUND: 0, BACKGROUND: 1, NO_REPLY: 2, FORCED: 3 } as const

export interface Header {
  readonly length: number
  readonly opcode: number
  readonly unique: bigint
  readonly nodeid: bigint
  readonly body: Buffer
}

export interface InitChoice {
  readonly error?: number
  readonly major?: number
  readonly minor?: number
  readonly flags?: number
  readonly maxBackground?: number
  readonly maxWrite?: number
  readonly length?: number
}

export class QueueBench {
  readonly events: QueueEvent[] = []
  readonly queue = new binding.NativeQueue((batch) => {
    this.events.push(...decodeQueueEvents(batch))
  })
  readonly #target = Buffer.alloc(BUFFER)
  readonly handle: number = this.queue.openHandle()

  /** Mounted, and INIT answered. */
  static initialized(choice: InitChoice = {}): QueueBench {
    const bench = new QueueBench()
    bench.queue.mount(message(Op.INIT, 64))
    bench.read()
    bench.answerInit(choice)
    return bench
  }

  send(
    opcode: number = Op.LOOKUP,
    kind: number = Kind.FOREGROUND,
    length = 8,
    bounds: readonly [number, number] = [0, 0],
  ): number {
    return this.queue.send(message(opcode, length), kind, ...bounds)
  }

  /** The next message, or the negative errno. */
  read(room: number = BUFFER, handle: number = this.handle): Header {
    const count = this.queue.read(handle, this.#target.subarray(0, room))
    if (count < 0) throw new Error(`read: ${count}`)
    const bytes = Buffer.from(this.#target.subarray(0, count))
    return {
      length: bytes.readUInt32LE(0),
      opcode: bytes.readUInt32LE(4),
      unique: bytes.readBigUInt64LE(8),
      nodeid: bytes.readBigUInt64LE(16),
      body: bytes.subarray(40),
    }
  }

  readResult(room: number = BUFFER, handle: number = this.handle): number {
    return this.queue.read(handle, this.#target.subarray(0, room))
  }

  /** Opcodes of all that is to be read. */
  readAll(): number[] {
    const opcodes: number[] = []
    while (this.queue.poll() === 'readable') {
      const count = this.readResult()
      if (count < 0) break
      opcodes.push(this.#target.readUInt32LE(4))
    }
    return opcodes
  }

  reply(unique: bigint, error = 0, body: Uint8Array = Buffer.alloc(0), handle?: number): number {
    return this.queue.writev(handle ?? this.handle, [outHeader(unique, error, body.length), body])
  }

  notify(code: number, body: Uint8Array = Buffer.alloc(0)): number {
    return this.reply(0n, code, body)
  }

  answerInit(choice: InitChoice): number {
    const { error = 0, length = 64 } = choice
    const body = Buffer.alloc(64)
    body.writeUInt32LE(choice.major ?? 7, 0)
    body.writeUInt32LE(choice.minor ?? 45, 4)
    body.writeUInt32LE(choice.flags ?? 0, 12)
    body.writeUInt16LE(choice.maxBackground ?? 0, 16)
    body.writeUInt32LE(choice.maxWrite ?? 4096, 20)
    return this.reply(2n, error, error === 0 ? body.subarray(0, length) : undefined)
  }

  /** How a request ended for its sender; undefined while it has not. */
  async settled(token: number): Promise<number | undefined> {
    await turn()
    await turn()
    const found = this.events.filter((event) => event.kind === 'settled' && event.token === token)
    if (found.length > 1) throw new Error(`token ${token} was settled ${found.length} times`)
    const [event] = found
    return event?.kind === 'settled' ? event.error : undefined
  }
}

export function message(opcode: number, bodyLength: number, unique = 0n): Buffer {
  const bytes = Buffer.alloc(40 + bodyLength)
  bytes.writeUInt32LE(bytes.length, 0)
  bytes.writeUInt32LE(opcode, 4)
  bytes.writeBigUInt64LE(unique, 8)
  return bytes
}

export function outHeader(unique: bigint, error: number, bodyLength: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32LE(16 + bodyLength, 0)
  bytes.writeInt32LE(error, 4)
  bytes.writeBigUInt64LE(unique, 8)
  return bytes
}
