// INTERRUPT: when it comes, what it looks like, and what its answers do.

import type { Bench } from '../bench.js'
import type { KernelCase } from '../kernel-case.js'
import type { Client, Json } from '../kernel-under-test.js'
import type { RequestMessage } from '../request-message.js'
import { attrOut, DIRECTORY_MODE, struct } from '../wire.js'

const EAGAIN = -11
const EINTR = -4
const ENOSYS = -38

interface Interrupted {
  readonly client: Client
  readonly request: RequestMessage
  readonly interrupt: RequestMessage
}

/** A GETATTR whose client got a signal after it was read. */
async function interrupted(bench: Bench): Promise<Interrupted> {
  const client = bench.start(['stat', ''])
  const request = await bench.take('GETATTR')
  await client.signal()
  return { client, request, interrupt: await bench.take('INTERRUPT') }
}

/** An INTERRUPT that is answered so; then what comes next, and how the request goes on. */
function answered(
  name: string,
  expected: Json,
  answer: (bench: Bench, interrupt: RequestMessage) => string,
): KernelCase {
  return {
    name: `INTERRUPT: ${name}`,
    expected,
    run: async (bench) => {
      const { client, request, interrupt } = await interrupted(bench)
      const write = answer(bench, interrupt)
      const next = bench.next()
      const reply = bench.reply(request, attrOut(DIRECTORY_MODE))
      return { write, next, reply, client: await bench.last(client) }
    },
  }
}

const GOES_ON = { write: 'ok', next: 'EAGAIN', reply: 'ok', client: 'ok' }

export const INTERRUPTS: readonly KernelCase[] = [
  {
    name: 'INTERRUPT: it names the request, with bit 0 in its own unique',
    expected: { length: 48, bit: true, names: true, nodeid: '0', pid: 0 },
    run: async (bench) => {
      const { request, interrupt } = await interrupted(bench)
      return {
        length: interrupt.bytes.byteLength,
        bit: interrupt.unique === (request.unique | 1n),
        names: interrupt.body.readBigUInt64LE(0) === request.unique,
        nodeid: String(interrupt.nodeid),
        pid: interrupt.pid,
      }
    },
  },
  answered('without an answer the request goes on', { ...GOES_ON, write: 'none' }, () => 'none'),
  answered('EAGAIN brings it again', { ...GOES_ON, next: 'INTERRUPT' }, (bench, interrupt) =>
    bench.fail(interrupt, EAGAIN),
  ),
  answered('ENOSYS is taken', GOES_ON, (bench, interrupt) => bench.fail(interrupt, ENOSYS)),
  answered('another error is taken, and means nothing', GOES_ON, (bench, interrupt) =>
    bench.fail(interrupt, -5),
  ),
  answered('success is taken, and means nothing', GOES_ON, (bench, interrupt) =>
    bench.reply(interrupt),
  ),
  answered('a body is EINVAL', { ...GOES_ON, write: 'EINVAL' }, (bench, interrupt) =>
    bench.reply(interrupt, struct(8)),
  ),
  {
    name: 'INTERRUPT: EINTR for the request is what its client gets',
    expected: { write: 'ok', client: 'EINTR' },
    run: async (bench) => {
      const { client, request } = await interrupted(bench)
      return { write: bench.fail(request, EINTR), client: await bench.last(client) }
    },
  },
  {
    name: 'INTERRUPT: an answer after that of its request is ENOENT',
    expected: ['ok', 'ENOENT'],
    run: async (bench) => {
      const { request, interrupt } = await interrupted(bench)
      return [bench.fail(request, EINTR), bench.fail(interrupt, EAGAIN)]
    },
  },
  {
    name: 'INTERRUPT: after ENOSYS none comes any more',
    expected: { next: 'EAGAIN' },
    run: async (bench) => {
      const { client, request, interrupt } = await interrupted(bench)
      bench.fail(interrupt, ENOSYS)
      bench.reply(request, attrOut(DIRECTORY_MODE))
      await bench.last(client)
      const other = bench.start(['statfs'])
      await bench.take('STATFS')
      other.kill()
      return { next: bench.next() }
    },
  },
  {
    name: 'INTERRUPT: without a signal EAGAIN is EINVAL',
    expected: 'EINVAL',
    run: async (bench) => {
      bench.start(['stat', ''])
      const { unique } = await bench.take('GETATTR')
      return bench.fail({ unique: unique | 1n }, EAGAIN)
    },
  },
  {
    name: 'INTERRUPT: it comes before a request that waited longer',
    expected: ['INTERRUPT', 'STATFS'],
    run: async (bench) => {
      const client = bench.start(['stat', ''])
      await bench.take('GETATTR')
      bench.start(['statfs'])
      await bench.idleUntil('both wait', () => bench.kernel.waiting === 2)
      await client.signal()
      return [bench.next(), bench.next()]
    },
  },
  {
    name: 'INTERRUPT: a request that was not read is followed by it at once',
    expected: ['GETATTR', 'INTERRUPT', 'EAGAIN'],
    run: async (bench) => {
      const client = bench.start(['stat', ''])
      await bench.idleUntil('it waits', () => bench.kernel.waiting === 1)
      await client.signal()
      const first = bench.next()
      // Where all CPUs are busy its process has not seen the signal yet.
      await bench.idleUntil('INTERRUPT waits', () => bench.device.poll().includes('IN'))
      return [first, bench.next(), bench.next()]
    },
  },
  {
    name: 'a client that is killed before its request is read takes it along',
    expected: 'EAGAIN',
    run: async (bench) => {
      const client = bench.start(['stat', ''])
      await bench.idleUntil('it waits', () => bench.kernel.waiting === 1)
      client.kill()
      await bench.idleUntil('it waits no more', () => bench.kernel.waiting === 0)
      return bench.next()
    },
  },
  {
    name: 'a client that is killed after its request was read waits on, and INTERRUPT comes',
    expected: { next: 'INTERRUPT', waiting: 1, write: 'ok' },
    run: async (bench) => {
      const client = bench.start(['stat', ''])
      const request = await bench.take('GETATTR')
      client.kill()
      await bench.idleUntil('INTERRUPT waits', () => bench.device.poll().includes('IN'))
      const next = bench.next()
      return { next, waiting: bench.kernel.waiting, write: bench.fail(request, -5) }
    },
  },
]
