// What read(2) and poll(2) of the device return before, during and beside requests.

import { ROOM } from '../bench.js'
import type { KernelCase } from '../kernel-case.js'
import { initOut } from '../wire.js'

const O_RDWR = 2
/** Two directions and 12000 bytes: _IOW(0x99, 1, char[12000]). */
const IOCTL_OF_12000 = 0x6ee0_9901
const IOCTL_LENGTH = 12000

export const READING: readonly KernelCase[] = [
  {
    name: 'a handle that is not mounted refuses read and write with EPERM, and polls ERR',
    setup: 'open',
    expected: { read: 'EPERM', write: 'EPERM', poll: ['ERR'] },
    run: (bench) => ({
      read: bench.next(),
      write: bench.fail({ unique: 2n }, -5),
      poll: bench.device.poll(),
    }),
  },
  {
    name: 'a handle that is not mounted refuses a buffer of any size with EPERM',
    setup: 'open',
    expected: 'EPERM',
    run: (bench) => bench.next(1),
  },
  {
    name: 'INIT needs a buffer of 8192 bytes, and a smaller one consumes nothing',
    setup: 'mounted',
    expected: ['EINVAL', 'INIT'],
    run: (bench) => [bench.next(8191), bench.next(8192)],
  },
  {
    name: 'INIT comes once',
    setup: 'mounted',
    expected: ['INIT', 'EAGAIN'],
    run: (bench) => [bench.next(), bench.next()],
  },
  {
    name: 'an idle connection gives EAGAIN and polls OUT',
    expected: { read: 'EAGAIN', poll: ['OUT'] },
    run: (bench) => ({ read: bench.next(), poll: bench.device.poll() }),
  },
  {
    name: 'a waiting request polls IN and OUT',
    setup: 'mounted',
    expected: { before: ['IN', 'OUT'], read: 'INIT', after: ['OUT'] },
    run: (bench) => ({
      before: bench.device.poll(),
      read: bench.next(),
      after: bench.device.poll(),
    }),
  },
  {
    name: 'a max_write of 4096 leaves the least buffer at 8192 bytes, even if nothing waits',
    init: { maxWrite: 4096 },
    expected: ['EINVAL', 'EAGAIN'],
    run: (bench) => [bench.next(8191), bench.next(8192)],
  },
  {
    name: 'a max_write of 8112 still fits into 8192 bytes',
    init: { maxWrite: 8112 },
    expected: ['EINVAL', 'EAGAIN'],
    run: (bench) => [bench.next(8191), bench.next(8192)],
  },
  {
    name: 'a max_write of 8113 needs a byte more than 8192',
    init: { maxWrite: 8113 },
    expected: ['EINVAL', 'EAGAIN'],
    run: (bench) => [bench.next(8192), bench.next(8193)],
  },
  {
    name: 'a larger max_write needs 80 bytes more than itself',
    init: { maxWrite: 131072 },
    expected: ['EINVAL', 'EAGAIN'],
    run: (bench) => [bench.next(131072 + 79), bench.next(131072 + 80)],
  },
  {
    name: 'a buffer that is too small leaves the request to the next read',
    expected: ['EINVAL', 'LOOKUP'],
    run: async (bench) => {
      const client = bench.start(['stat', 'file'])
      await bench.idleUntil('the client waits', () => bench.kernel.waiting === 1)
      return [bench.next(80), bench.next()].concat(client.done === 0 ? [] : ['done'])
    },
  },
  {
    name: 'a SETXATTR that does not fit into the buffer fails with E2BIG, and read goes on',
    expected: { read: 'EAGAIN', client: 'E2BIG' },
    run: async (bench) => {
      const client = bench.start(
        ['open', 'file', O_RDWR],
        ['wait'],
        ['fsetxattr', 'user.x', 10_000],
      )
      await bench.until('the file is open', () => client.done === 1)
      client.goOn()
      await bench.idleUntil('the client waits', () => bench.kernel.waiting === 1)
      return { read: bench.next(8192), client: await bench.last(client) }
    },
  },
  {
    name: 'another request that does not fit into the buffer fails with EIO, and read goes on',
    expected: { read: 'EAGAIN', client: 'EIO' },
    run: async (bench) => {
      const client = bench.start(
        ['open', 'file', O_RDWR],
        ['wait'],
        ['ioctl', IOCTL_OF_12000, IOCTL_LENGTH],
      )
      await bench.until('the file is open', () => client.done === 1)
      client.goOn()
      await bench.idleUntil('the client waits', () => bench.kernel.waiting === 1)
      return { read: bench.next(8192), client: await bench.last(client) }
    },
  },
  {
    name: 'read gives exactly the length that the header tells',
    setup: 'mounted',
    expected: [104, 104],
    run: (bench) => {
      const bytes = bench.device.read(ROOM)
      if (typeof bytes === 'string') return bytes
      return [bytes.byteLength, Buffer.from(bytes).readUInt32LE(0)]
    },
  },
  {
    name: 'uniques are even and count from 2',
    setup: 'mounted',
    expected: { init: '2', lookup: '4' },
    run: async (bench) => {
      const init = await bench.take('INIT')
      bench.reply(init, initOut())
      bench.start(['stat', 'file'])
      const lookup = await bench.take('LOOKUP')
      return { init: String(init.unique), lookup: String(lookup.unique) }
    },
  },
]
