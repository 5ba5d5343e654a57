// One contract over both device halves, FuseConnection in TypeScript and the addon's queue: whatever is done to
// both, both return the same, and tell the same events in the same order.

import { type ConnectionEvent, FuseConnection } from '@fuseloop/core/testing'
import { decodeQueueEvents, loadNativeBinding } from '@fuseloop/native'
import * as fc from 'fast-check'
import t from 'tap'
import { message, outHeader } from './queue-bench.js'

const binding = loadNativeBinding()
const HANDLES = 2
const ROOM = 65536

/** Uniques, tokens and handles are named by small numbers, most of which exist. */
type Command =
  | { readonly do: 'send'; readonly opcode: number; readonly kind: number; readonly size: number }
  | { readonly do: 'forget'; readonly nodeid: number }
  | { readonly do: 'signal' | 'kill'; readonly token: number }
  | { readonly do: 'read'; readonly handle: number; readonly room: number }
  | {
      readonly do: 'reply'
      readonly handle: number
      /** Of those that were read; counted from the last. */
      readonly back: number
      readonly bit: boolean
      readonly error: number
      readonly size: number
      readonly extra: number
    }
  | { readonly do: 'notify'; readonly code: number; readonly size: number; readonly word: number }
  | {
      readonly do: 'init'
      readonly minor: number
      readonly background: number
      readonly ok: boolean
    }
  | { readonly do: 'unmount' | 'abort' }

const handle = fc.nat({ max: HANDLES - 1 })
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 18,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      opcode: fc.constantFrom(1, 15, 21),
      kind: fc.constantFrom(0, 0, 1, 1, 2, 3),
      size: fc.constantFrom(8, 8, 8, 9000),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({ do: fc.constant('forget' as const), nodeid: fc.nat({ max: 9 }) }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constantFrom('signal' as const, 'kill' as const),
      token: fc.nat({ max: 20 }),
    }),
  },
  {
    weight: 24,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      handle,
      room: fc.constantFrom(8191, 8192, ROOM, ROOM, ROOM),
    }),
  },
  {
    weight: 18,
    arbitrary: fc.record({
      do: fc.constant('reply' as const),
      handle,
      back: fc.nat({ max: 5 }),
      bit: fc.boolean(),
      error: fc.constantFrom(0, 0, 0, -2, -11, -38, -512, 1),
      size: fc.constantFrom(0, 4, 8, 9),
      extra: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('notify' as const),
      code: fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 7, 7, 8, 9, 10),
      size: fc.constantFrom(0, 8, 16, 24, 25, 32),
      word: fc.constantFrom(0, 1, 2, 1025),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('init' as const),
      minor: fc.constantFrom(15, 45),
      background: fc.nat({ max: 2 }),
      ok: fc.constantFrom(true, true, true, false),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('unmount' as const, 'abort' as const) }),
  },
)

/** What both device halves can do, handles by index. */
interface Half {
  send(bytes: Uint8Array, kind: number): number
  forget(nodeid: bigint): void
  signal(token: number): void
  kill(token: number): boolean
  read(handle: number, target: Uint8Array): number
  writev(handle: number, pieces: readonly Uint8Array[]): number
  unmount(): void
  abort(): void
  /** Resolves with all events once they are there. */
  events(): Promise<readonly ConnectionEvent[]>
}

const BOUNDS = { least: 0, most: 8 }
const sink = (code: number): number => (code === 2 ? -2 : 0)

function memoryHalf(init: Uint8Array): Half {
  const events: ConnectionEvent[] = []
  const connection = new FuseConnection({ onEvent: (event) => events.push(event), notify: sink })
  const handles = Array.from({ length: HANDLES }, () => connection.openDevice())
  for (const [index, handle] of handles.entries()) {
    if (index === 0) connection.mount(handle, init)
    else handle.attach(connection)
  }
  return {
    send: (bytes, kind) => connection.send(bytes, kind as 0 | 1 | 2 | 3, BOUNDS),
    forget: (nodeid) => connection.forget(nodeid, 1n),
    signal: (token) => connection.signal(token),
    kill: (token) => connection.kill(token),
    read: (index, target) => handles[index]?.read(target) ?? 0,
    writev: (index, pieces) => handles[index]?.writev(pieces) ?? 0,
    unmount: () => connection.unmount(),
    abort: () => connection.abort(),
    events: () => Promise.resolve(events),
  }
}

function nativeHalf(init: Uint8Array): Half {
  const events: ConnectionEvent[] = []
  let onEnd: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    onEnd = resolve
  })
  const queue = new binding.NativeQueue((batch) => {
    events.push(...decodeQueueEvents(batch))
    if (events.some(({ kind }) => kind === 'ended')) onEnd()
  })
  queue.setNotificationSink(sink)
  const handles = Array.from({ length: HANDLES }, () => queue.openHandle())
  queue.mount(init)
  return {
    send: (bytes, kind) => queue.send(bytes, kind, BOUNDS.least, BOUNDS.most),
    forget: (nodeid) => queue.forget(nodeid, 1n),
    signal: (token) => queue.signal(token),
    kill: (token) => queue.kill(token),
    read: (index, target) => queue.read(handles[index] ?? 0, target),
    writev: (index, pieces) => queue.writev(handles[index] ?? 0, pieces),
    unmount: () => queue.unmount(),
    abort: () => queue.abort(),
    async events() {
      queue.unmount()
      await ended
      return events
    },
  }
}

/** Runs commands on one half, and keeps what it returned. */
class Run {
  readonly results: unknown[] = []
  readonly #half: Half
  readonly #read: bigint[] = []

  constructor(half: Half) {
    this.#half = half
  }

  do(command: Command): void {
    this.results.push([command.do, this.#result(command)])
  }

  #result(command: Command): unknown {
    const half = this.#half
    switch (command.do) {
      case 'send':
        return this.#send(command.opcode, command.size, command.kind)
      case 'forget':
        return half.forget(BigInt(command.nodeid))
      case 'signal':
      case 'kill':
        return half[command.do](command.token)
      case 'read':
        return this.#readOne(command.handle, command.room)
      case 'reply': {
        const unique = this.#read.at(-1 - command.back) ?? 2n
        const body = Buffer.alloc(command.size, 7)
        const header = outHeader(
          unique | (command.bit ? 1n : 0n),
          command.error,
          body.length + command.extra,
        )
        return half.writev(command.handle, [header, body])
      }
      case 'notify': {
        const body = Buffer.alloc(command.size)
        for (let at = 0; at + 4 <= body.length; at += 8) body.writeUInt32LE(command.word, at)
        return half.writev(0, [outHeader(0n, command.code, body.length), body])
      }
      case 'init':
        return this.#init(command.minor, command.background, command.ok)
      default:
        return half[command.do]()
    }
  }

  #send(opcode: number, size: number, kind: number): number {
    const token = this.#half.send(message(opcode, size, 99n), kind)
    return token
  }

  #readOne(handle: number, room: number): unknown {
    const target = Buffer.alloc(room)
    const count = this.#half.read(handle, target)
    if (count <= 0) return count
    this.#read.push(target.readBigUInt64LE(8) & ~1n)
    return target.toString('hex', 0, count)
  }

  #init(minor: number, background: number, ok: boolean): unknown {
    const body = Buffer.alloc(64)
    body.writeUInt32LE(7, 0)
    body.writeUInt32LE(minor, 4)
    body.writeUInt32LE(1 << 21, 12)
    body.writeUInt16LE(background, 16)
    const read = this.#readOne(0, ROOM)
    const reply = ok ? [outHeader(2n, 0, 64), body] : [outHeader(2n, -22, 0)]
    return [read, this.#half.writev(0, reply)]
  }
}

/** Buffers and other byte arrays look the same. */
function text(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => {
    if (typeof field === 'bigint') return `${field}n`
    if (field instanceof Uint8Array) return [...field]
    const { type, data } = (field ?? {}) as { readonly type?: unknown; readonly data?: unknown }
    return type === 'Buffer' ? data : field
  })
}

t.setTimeout(600_000)

t.test('both device halves do the same', async () => {
  const start = fc.constantFrom<Command[]>(
    [],
    [{ do: 'init', minor: 45, background: 2, ok: true }],
    [{ do: 'init', minor: 15, background: 1, ok: true }],
  )
  const sequences = fc.array(command, { maxLength: 80, size: 'max' })
  await fc.assert(
    fc.asyncProperty(start, sequences, async (first, rest) => {
      const halves = [memoryHalf(message(26, 64)), nativeHalf(message(26, 64))]
      const [memory, native] = await Promise.all(
        halves.map(async (half) => {
          const run = new Run(half)
          for (const one of [...first, ...rest, { do: 'unmount' } as const]) run.do(one)
          return [run.results, await half.events()].map(text)
        }),
      )
      if (text(native) !== text(memory)) throw new Error(`memory ${memory}\nnative ${native}`)
    }),
    { seed: 79, numRuns: 500 },
  )
})
