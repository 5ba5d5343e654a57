// The end of a connection, and of one of its handles.

import type { Bench } from '../bench.js'
import type { KernelCase } from '../kernel-case.js'
import type { Json } from '../kernel-under-test.js'

const ABORT_ERROR = 1n << 21n
const EIO = -5

/** A request in flight, then the end: what both sides see of it. */
function ended(name: string, expected: Json, end: (bench: Bench) => void, flags = 0n): KernelCase {
  return {
    name,
    init: { flags },
    expected,
    run: async (bench) => {
      const client = bench.start(['stat', ''])
      const request = await bench.take('GETATTR')
      end(bench)
      return {
        inFlight: (await client.outcomes).at(-1) ?? 'nothing',
        read: bench.next(),
        short: bench.next(1),
        write: bench.fail(request, EIO),
        poll: bench.device.poll(),
      }
    },
  }
}

const OVER = { inFlight: 'ECONNABORTED', short: 'EINVAL', write: 'ENOENT', poll: ['ERR'] }

/** Two handles of one connection; the second has joined it. */
function cloned(name: string, expected: Json, run: KernelCase['run']): KernelCase {
  return { name: `CLONE: ${name}`, expected, run }
}

export const ENDS: readonly KernelCase[] = [
  ended('abort: in flight ECONNABORTED, reads ENODEV', { ...OVER, read: 'ENODEV' }, (bench) =>
    bench.kernel.abort(),
  ),
  ended(
    'abort with ABORT_ERROR: reads ECONNABORTED',
    { ...OVER, read: 'ECONNABORTED' },
    (bench) => bench.kernel.abort(),
    ABORT_ERROR,
  ),
  {
    name: 'abort: what comes later is ENOTCONN',
    expected: 'ENOTCONN',
    run: async (bench) => {
      bench.kernel.abort()
      return (await bench.start(['stat', '']).outcomes)[0] ?? 'nothing'
    },
  },
  {
    name: 'unmount: an idle connection reads ENODEV and polls ERR',
    expected: { unmount: 'ok', read: 'ENODEV', write: 'ENOENT', poll: ['ERR'] },
    run: (bench) => {
      const unmount = bench.kernel.unmount()
      const write = bench.fail({ unique: 2n }, EIO)
      return { unmount, read: bench.next(), write, poll: bench.device.poll() }
    },
  },
  {
    name: 'closing the last handle: in flight ECONNABORTED, later ENOTCONN',
    expected: ['ECONNABORTED', 'ENOTCONN'],
    run: async (bench) => {
      const client = bench.start(['stat', ''])
      await bench.take('GETATTR')
      bench.device.close()
      const first = (await client.outcomes).at(-1) ?? 'nothing'
      return [first, (await bench.start(['stat', '']).outcomes)[0] ?? 'nothing']
    },
  },
  cloned('a fresh handle joins once', ['ok', 'EINVAL'], (bench) => {
    const other = bench.kernel.openDevice()
    return [other.clone(bench.device), other.clone(bench.device)]
  }),
  cloned('a handle without a connection cannot be joined', 'EPERM', (bench) =>
    bench.kernel.openDevice().clone(bench.kernel.openDevice()),
  ),
  cloned(
    'only the handle that has read a request can answer it',
    { by: 'ENOENT', own: 'ok', client: 'EIO' },
    async (bench) => {
      const other = bench.kernel.openDevice()
      other.clone(bench.device)
      const client = bench.start(['stat', ''])
      const request = await bench.take('GETATTR', other)
      const by = bench.fail(request, EIO)
      const own = other.write(failure(request.unique)) === 16 ? 'ok' : 'refused'
      return { by, own, client: await bench.last(client) }
    },
  ),
  cloned(
    'a handle that closes ends what it has read, and no more',
    { client: 'ECONNABORTED', next: 'EAGAIN' },
    async (bench) => {
      const other = bench.kernel.openDevice()
      other.clone(bench.device)
      const client = bench.start(['stat', ''])
      await bench.take('GETATTR', other)
      other.close()
      return { client: (await client.outcomes).at(-1) ?? 'nothing', next: bench.next() }
    },
  ),
]

function failure(unique: bigint): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32LE(16, 0)
  bytes.writeInt32LE(EIO, 4)
  bytes.writeBigUInt64LE(unique, 8)
  return bytes
}
