// Notifications: their form, what they ask for, and RESEND.

import type { KernelCase } from '../kernel-case.js'
import type { Json } from '../kernel-under-test.js'
import { attrOut, cstring, DIRECTORY_MODE, struct } from '../wire.js'

const RESEND = 7
const RESENT = 1n << 63n
/** `file`, which a client has looked up, as the default daemon knows it. */
const FILE = 2
const UNKNOWN = 4711

function notified(name: string, code: number, body: Uint8Array, expected: string): KernelCase {
  return {
    name: `notification: ${name} is ${expected}`,
    expected,
    run: async (bench) => {
      // Open, so that nothing may be dropped meanwhile.
      const client = bench.start(['open', 'file', 0])
      await bench.last(client)
      return bench.notify(code, body)
    },
  }
}

const entry = (name: string, length = name.length, parent = 1): Buffer =>
  Buffer.concat([struct(16, [0, 8, parent], [8, 4, length]), cstring(name)])
const deletion = (name: string, child: number, parent = 1): Buffer =>
  Buffer.concat([struct(24, [0, 8, parent], [8, 8, child], [16, 4, name.length]), cstring(name)])

function resent(name: string, expected: Json, run: KernelCase['run']): KernelCase {
  return { name: `RESEND: ${name}`, expected, run }
}

export const NOTIFICATIONS: readonly KernelCase[] = [
  notified('code 0', 0, struct(8), 'EINVAL'),
  notified('an unknown code', 99, struct(0), 'EINVAL'),
  notified('POLL of an unknown kh', 1, struct(8, [0, 8, 99]), 'ok'),
  notified('POLL of 7 bytes', 1, struct(7), 'EINVAL'),
  notified('POLL of 9 bytes', 1, struct(9), 'EINVAL'),
  notified('INVAL_INODE of a known node', 2, struct(24, [0, 8, FILE]), 'ok'),
  notified('INVAL_INODE of an unknown node', 2, struct(24, [0, 8, UNKNOWN]), 'ENOENT'),
  notified('INVAL_INODE of 23 bytes', 2, struct(23), 'EINVAL'),
  notified('INVAL_INODE of 25 bytes', 2, struct(25), 'EINVAL'),
  notified('INVAL_ENTRY of a known name', 3, entry('file'), 'ok'),
  notified('INVAL_ENTRY of an unknown name', 3, entry('none'), 'ENOENT'),
  notified('INVAL_ENTRY in an unknown node', 3, entry('file', 4, UNKNOWN), 'ENOENT'),
  notified('INVAL_ENTRY in a file', 3, entry('file', 4, FILE), 'ENOTDIR'),
  notified('INVAL_ENTRY with a length that is too small', 3, entry('file', 3), 'EINVAL'),
  notified('INVAL_ENTRY with a length that is too large', 3, entry('file', 5), 'EINVAL'),
  notified('INVAL_ENTRY of 15 bytes', 3, struct(15), 'EINVAL'),
  notified('STORE into an unknown node', 4, struct(24, [0, 8, UNKNOWN]), 'ENOENT'),
  notified('STORE with less than it tells', 4, struct(25, [0, 8, FILE], [16, 4, 2]), 'EINVAL'),
  notified('RETRIEVE from an unknown node', 5, struct(32, [8, 8, UNKNOWN]), 'ENOENT'),
  notified('RETRIEVE of 31 bytes', 5, struct(31), 'EINVAL'),
  notified('DELETE of another child', 6, deletion('file', UNKNOWN), 'ENOENT'),
  notified('DELETE of a known child', 6, deletion('file', FILE), 'ok'),
  notified('DELETE of 23 bytes', 6, struct(23), 'EINVAL'),
  notified('INC_EPOCH', 8, struct(0), 'ok'),
  notified('PRUNE of an unknown node', 9, struct(24, [0, 4, 1], [16, 8, UNKNOWN]), 'ok'),
  notified('PRUNE with less than it tells', 9, struct(24, [0, 4, 2]), 'EINVAL'),
  resent(
    'what was read comes again, and only its new unique is good',
    { marked: true, old: 'ENOENT', new: 'ok', client: 'ok' },
    async (bench) => {
      const client = bench.start(['stat', ''])
      const first = await bench.take('GETATTR')
      bench.notify(RESEND)
      const second = await bench.take('GETATTR')
      return {
        marked: second.unique === (first.unique | RESENT),
        old: bench.reply(first, attrOut(DIRECTORY_MODE)),
        new: bench.reply(second, attrOut(DIRECTORY_MODE)),
        client: await bench.last(client),
      }
    },
  ),
  resent('nothing comes where nothing was read', ['ok', 'EAGAIN'], (bench) => [
    bench.notify(RESEND),
    bench.next(),
  ]),
  resent('it comes before what waits', ['GETATTR', 'STATFS'], async (bench) => {
    bench.start(['stat', ''])
    await bench.take('GETATTR')
    bench.start(['statfs'])
    await bench.idleUntil('both wait', () => bench.kernel.waiting === 2)
    bench.notify(RESEND)
    return [bench.next(), bench.next()]
  }),
]
