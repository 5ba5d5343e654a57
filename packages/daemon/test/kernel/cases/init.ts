// Which answers to INIT make a connection, and which end it.

import type { Bench } from '../bench.js'
import type { KernelCase } from '../kernel-case.js'
import type { Json } from '../kernel-under-test.js'
import { initOut, struct } from '../wire.js'

const ABORTED_ROOT = 'ECONNREFUSED'
const ALLOW_IDMAP = 1n << 40n
const POSIX_ACL = 1n << 20n
const ACCEPTED = { write: 'ok', client: 'ok' }
const REFUSED = { write: 'ok', client: ABORTED_ROOT }
const OUT_OF_RANGE = { write: 'EINVAL', client: ABORTED_ROOT }

/** A client comes after the answer. */
function initBy(
  name: string,
  expected: Json,
  answer: (bench: Bench, init: { unique: bigint }) => string,
  mountOptions: readonly string[] = [],
): KernelCase {
  return {
    name,
    setup: 'mounted',
    expected,
    run: async (bench) => {
      const write = answer(bench, await bench.take('INIT'))
      return { write, client: (await bench.call(['stat', '']))[0] ?? 'nothing' }
    },
    mountOptions,
  }
}

const historic = (length: number, minor: number): Buffer => struct(length, [0, 4, 7], [4, 4, minor])

export const INIT: readonly KernelCase[] = [
  initBy('INIT: a body of 64 bytes is accepted', ACCEPTED, (bench, init) =>
    bench.reply(init, initOut()),
  ),
  initBy('INIT: a body of 24 bytes is accepted', ACCEPTED, (bench, init) =>
    bench.reply(init, historic(24, 20)),
  ),
  initBy('INIT: a body of 63 bytes is accepted', ACCEPTED, (bench, init) =>
    bench.reply(init, initOut().subarray(0, 63)),
  ),
  initBy(
    'INIT: a body of 65 bytes is EINVAL and refuses the connection',
    OUT_OF_RANGE,
    (bench, init) => bench.reply(init, Buffer.concat([initOut(), struct(1)])),
  ),
  initBy('INIT: no body is taken, and refuses the connection', REFUSED, (bench, init) =>
    bench.reply(init),
  ),
  initBy('INIT: major 8 refuses the connection', REFUSED, (bench, init) =>
    bench.reply(init, initOut({ major: 8 })),
  ),
  initBy('INIT: major 6 refuses the connection', REFUSED, (bench, init) =>
    bench.reply(init, initOut({ major: 6 })),
  ),
  initBy('INIT: an error refuses the connection', REFUSED, (bench, init) => bench.fail(init, -22)),
  initBy(
    'INIT: an error with a body is EINVAL, and refuses the connection',
    OUT_OF_RANGE,
    (bench, init) => bench.fail(init, -22, struct(8)),
  ),
  initBy('INIT: a max_write of 0 is accepted', ACCEPTED, (bench, init) =>
    bench.reply(init, initOut({ maxWrite: 0 })),
  ),
  initBy('INIT: a minor beyond the kernel’s is accepted', ACCEPTED, (bench, init) =>
    bench.reply(init, initOut({ minor: 99 })),
  ),
  initBy(
    'INIT: ALLOW_IDMAP without default_permissions refuses the connection',
    REFUSED,
    (bench, init) => bench.reply(init, initOut({ flags: ALLOW_IDMAP })),
  ),
  initBy(
    'INIT: ALLOW_IDMAP with default_permissions is accepted',
    ACCEPTED,
    (bench, init) => bench.reply(init, initOut({ flags: ALLOW_IDMAP })),
    ['default_permissions'],
  ),
  initBy('INIT: ALLOW_IDMAP with POSIX_ACL is accepted', ACCEPTED, (bench, init) =>
    bench.reply(init, initOut({ flags: ALLOW_IDMAP | POSIX_ACL })),
  ),
  {
    name: 'INIT: a body of 8 bytes of minor 4 is accepted',
    setup: 'mounted',
    expected: 'ok',
    run: async (bench) => bench.reply(await bench.take('INIT'), historic(8, 4)),
  },
  {
    name: 'INIT: a max_write of 0 is 4096',
    init: { maxWrite: 0 },
    expected: ['EINVAL', 'EAGAIN'],
    run: (bench) => [bench.next(8191), bench.next(8192)],
  },
  {
    name: 'INIT: clients wait for the answer, and come after it',
    setup: 'mounted',
    expected: { before: 'EAGAIN', client: 'ok' },
    run: async (bench) => {
      const init = await bench.take('INIT')
      const client = bench.start(['stat', ''])
      await bench.idleUntil('the client waits', () => bench.kernel.waiting === 2)
      const before = bench.next()
      bench.reply(init, initOut())
      return { before, client: await bench.last(client) }
    },
  },
  {
    name: 'INIT: a client that waits for a refused connection gets ECONNREFUSED',
    setup: 'mounted',
    expected: 'ECONNREFUSED',
    run: async (bench) => {
      const init = await bench.take('INIT')
      const client = bench.start(['stat', ''])
      await bench.idleUntil('the client waits', () => bench.kernel.waiting === 2)
      bench.fail(init, -22)
      return bench.last(client)
    },
  },
  {
    name: 'INIT: a second answer is ENOENT',
    setup: 'mounted',
    expected: ['ok', 'ENOENT'],
    run: async (bench) => {
      const init = await bench.take('INIT')
      return [bench.reply(init, initOut()), bench.reply(init, initOut())]
    },
  },
  {
    name: 'INIT: the refused connection stays open to the daemon',
    setup: 'mounted',
    expected: { read: 'EAGAIN', poll: ['OUT'] },
    run: async (bench) => {
      bench.fail(await bench.take('INIT'), -22)
      return { read: bench.next(), poll: bench.device.poll() }
    },
  },
]
