// How long a reply to each operation must be: one byte less and one more are EINVAL for the daemon and EIO for
// the client, whose request they end.

import type { OpcodeName } from '@fuseloop/core/protocol'
import { NEW_DIRECTORY, NEW_FILE } from '../default-daemon.js'
import type { KernelCase } from '../kernel-case.js'
import type { Outcome, Step } from '../kernel-under-test.js'
import { DIRECTORY_MODE, entryOut, FILE_MODE, openOut, struct } from '../wire.js'

const O_RDWR = 2
const O_CREAT_RDWR = 0o102
const O_DIRECTORY = 0o200000
const SEEK_DATA = 3

interface Sized {
  readonly opcode: OpcodeName
  readonly steps: readonly Step[]
  /** The longest body that is taken. */
  readonly body: Buffer
  /** What the client gets for it. */
  readonly outcome: Outcome
  /** The shortest one, where others than `body` are taken. */
  readonly least?: number
  /** To tell apart what is asked of one opcode. */
  readonly of?: string
}

const file = (flags = O_RDWR): Step => ['open', 'file', flags]

const SIZED: readonly Sized[] = [
  {
    opcode: 'LOOKUP',
    steps: [['stat', 'new']],
    body: entryOut(NEW_FILE, FILE_MODE, { attrValid: 1 }),
    outcome: 'ok',
  },
  { opcode: 'OPEN', steps: [file()], body: openOut(), outcome: 'ok' },
  { opcode: 'OPENDIR', steps: [['open', 'dir', O_DIRECTORY]], body: openOut(0), outcome: 'ok' },
  { opcode: 'STATFS', steps: [['statfs']], body: struct(80), outcome: 'ok' },
  { opcode: 'WRITE', steps: [file(), ['write', 'abc']], body: struct(8, [0, 4, 3]), outcome: 3 },
  {
    opcode: 'READ',
    steps: [file(), ['read', 9]],
    body: Buffer.from('123456789'),
    outcome: '123456789',
    least: 0,
  },
  {
    opcode: 'MKDIR',
    steps: [['mkdir', 'new']],
    body: entryOut(NEW_DIRECTORY, DIRECTORY_MODE),
    outcome: 'ok',
  },
  {
    opcode: 'CREATE',
    steps: [['open', 'new', O_CREAT_RDWR]],
    body: Buffer.concat([entryOut(NEW_FILE, FILE_MODE), openOut()]),
    outcome: 'ok',
  },
  { opcode: 'UNLINK', steps: [['unlink', 'file']], body: struct(0), outcome: 'ok' },
  { opcode: 'RENAME', steps: [['rename', 'file', 'new']], body: struct(0), outcome: 'ok' },
  {
    opcode: 'READLINK',
    steps: [['readlink', 'link']],
    body: Buffer.alloc(4095, 'a'),
    outcome: 4095,
    least: 0,
  },
  {
    opcode: 'GETXATTR',
    of: ' of a size',
    steps: [['getxattr', 'file', 'user.x', 0]],
    body: struct(8, [0, 4, 5]),
    outcome: 5,
  },
  {
    opcode: 'GETXATTR',
    of: ' of a value',
    steps: [['getxattr', 'file', 'user.x', 9]],
    body: struct(9),
    outcome: 9,
    least: 0,
  },
  {
    opcode: 'LSEEK',
    steps: [file(), ['seek', 0, SEEK_DATA]],
    body: struct(8, [0, 8, 77]),
    outcome: 77,
  },
  { opcode: 'FSYNC', steps: [file(), ['fsync']], body: struct(0), outcome: 'ok' },
  { opcode: 'FALLOCATE', steps: [file(), ['fallocate', 4096]], body: struct(0), outcome: 'ok' },
]

function replyOf(sized: Sized, name: string, body: Buffer, client: Outcome): KernelCase {
  const write = client === sized.outcome ? 'ok' : 'EINVAL'
  return {
    name: `${sized.opcode}${sized.of ?? ''}: ${name}`,
    expected: { write, client },
    run: async (bench) => {
      const asking = bench.start(...sized.steps)
      const message = await bench.take(sized.opcode)
      const written = bench.reply(message, body)
      return { write: written, client: await bench.last(asking) }
    },
  }
}

function casesOf(sized: Sized): KernelCase[] {
  const { body, outcome, least = body.byteLength } = sized
  const cases = [
    replyOf(sized, `${body.byteLength} bytes are taken`, body, outcome),
    replyOf(
      sized,
      `${body.byteLength + 1} bytes are EINVAL`,
      Buffer.concat([body, struct(1)]),
      'EIO',
    ),
  ]
  if (least > 0) {
    const short = body.subarray(0, least - 1)
    cases.push(replyOf(sized, `${least - 1} bytes are EINVAL`, short, 'EIO'))
  }
  return cases
}

export const SIZES: readonly KernelCase[] = SIZED.flatMap(casesOf)
