// Which lengths of a reply's body the kernel takes for each operation: a byte less and a byte more are EINVAL for
// the daemon and EIO for the client.

import type { OpcodeName } from '@fuseloop/core/protocol'
import type { Bench } from '../bench.js'
import { NEW_DIRECTORY, NEW_FILE, NEW_LINK } from '../default-daemon.js'
import type { KernelCase } from '../kernel-case.js'
import type { Json, Outcome, Step } from '../kernel-under-test.js'
import {
  attrOut,
  DIRECTORY_MODE,
  dirent,
  entryOut,
  FILE_MODE,
  type InitReply,
  LINK_MODE,
  openOut,
  struct,
} from '../wire.js'

const O_RDWR = 2
const O_DIRECTORY = 0o200000
/** _IOR(0x99, 1, char[8]). */
const IOCTL_READS_8 = 0x8008_9901
const POSIX_LOCKS = 1n << 1n
const SEEK_DATA = 3
const RENAME_NOREPLACE = 1

interface Sized {
  readonly opcode: OpcodeName
  readonly steps: readonly Step[]
  /** As it is taken; empty if absent. */
  readonly body?: Uint8Array
  readonly init?: InitReply
  /** Of the last step when the body is taken; 'ok' if absent. */
  readonly outcome?: Outcome
  /** Of the last step when it is refused; 'EIO' if absent. */
  readonly failure?: Outcome
}

const OPEN: Step = ['open', 'file', O_RDWR]
const OPEN_OTHER: Step = ['open', 'other', O_RDWR]
const OPEN_DIRECTORY: Step = ['open', 'dir', O_DIRECTORY]
const NOTHING = struct(0)
const CREATED = Buffer.concat([entryOut(NEW_FILE, FILE_MODE), openOut()])
/** O_CREAT | O_EXCL | O_RDWR. */
const CREATE = 0o302

const FIXED: readonly Sized[] = [
  { opcode: 'LOOKUP', steps: [['stat', 'file']], body: entryOut(2, FILE_MODE) },
  { opcode: 'GETATTR', steps: [['stat', '']], body: attrOut(DIRECTORY_MODE) },
  { opcode: 'SETATTR', steps: [['chmod', 'file', 0o600]], body: attrOut(FILE_MODE) },
  { opcode: 'SYMLINK', steps: [['symlink', 'to', 'new']], body: entryOut(NEW_LINK, LINK_MODE) },
  { opcode: 'MKNOD', steps: [['mknod', 'new', FILE_MODE]], body: entryOut(NEW_FILE, FILE_MODE) },
  { opcode: 'MKDIR', steps: [['mkdir', 'new']], body: entryOut(NEW_DIRECTORY, DIRECTORY_MODE) },
  { opcode: 'UNLINK', steps: [['unlink', 'file']] },
  { opcode: 'RMDIR', steps: [['rmdir', 'dir']] },
  { opcode: 'RENAME', steps: [['rename', 'file', 'new']] },
  { opcode: 'RENAME2', steps: [['rename2', 'file', 'new', RENAME_NOREPLACE]] },
  { opcode: 'LINK', steps: [['link', 'file', 'new']], body: entryOut(2, FILE_MODE) },
  { opcode: 'OPEN', steps: [OPEN], body: openOut() },
  { opcode: 'OPENDIR', steps: [OPEN_DIRECTORY], body: openOut(0) },
  { opcode: 'CREATE', steps: [['open', 'new', CREATE]], body: CREATED },
  { opcode: 'TMPFILE', steps: [['tmpfile']], body: CREATED },
  { opcode: 'WRITE', steps: [OPEN, ['write', 'four']], body: struct(8, [0, 4, 4]), outcome: 4 },
  { opcode: 'STATFS', steps: [['statfs']], body: struct(80) },
  { opcode: 'FSYNC', steps: [OPEN, ['fsync']] },
  { opcode: 'FSYNCDIR', steps: [OPEN_DIRECTORY, ['fsync']] },
  { opcode: 'FLUSH', steps: [OPEN, ['close']] },
  { opcode: 'RELEASE', steps: [OPEN, ['close']], failure: 'ok' },
  { opcode: 'RELEASEDIR', steps: [OPEN_DIRECTORY, ['close']], failure: 'ok' },
  { opcode: 'SETXATTR', steps: [OPEN, ['fsetxattr', 'user.x', 3]] },
  { opcode: 'REMOVEXATTR', steps: [['removexattr', 'file', 'user.x']] },
  {
    opcode: 'GETXATTR',
    steps: [['getxattr', 'file', 'user.x', 0]],
    body: struct(8, [0, 4, 5]),
    outcome: 5,
  },
  {
    opcode: 'LISTXATTR',
    steps: [['listxattr', 'file', 0]],
    body: struct(8, [0, 4, 6]),
    outcome: 6,
  },
  { opcode: 'ACCESS', steps: [['access', 'file', 4]] },
  {
    opcode: 'GETLK',
    steps: [OPEN, ['getlock']],
    init: { flags: POSIX_LOCKS },
    body: struct(24, [16, 4, 2]),
    outcome: 2,
  },
  { opcode: 'SETLK', steps: [OPEN, ['lock']], init: { flags: POSIX_LOCKS } },
  { opcode: 'SETLKW', steps: [OPEN, ['lockw']], init: { flags: POSIX_LOCKS } },
  {
    opcode: 'POLL',
    steps: [OPEN, ['poll']],
    body: struct(8, [0, 4, 5]),
    outcome: 'IN,OUT',
    failure: 'ERR',
  },
  { opcode: 'FALLOCATE', steps: [OPEN, ['fallocate', 100]] },
  {
    opcode: 'LSEEK',
    steps: [OPEN, ['seek', 0, SEEK_DATA]],
    body: struct(8, [0, 8, 7]),
    outcome: 7,
  },
  {
    opcode: 'COPY_FILE_RANGE_64',
    steps: [OPEN_OTHER, ['copy', 100]],
    body: struct(8, [0, 8, 50]),
    outcome: 50,
  },
  {
    opcode: 'COPY_FILE_RANGE',
    steps: [OPEN_OTHER, ['copy', 100]],
    body: struct(8, [0, 4, 50]),
    outcome: 50,
  },
  { opcode: 'STATX', steps: [['statx', 'file']], body: struct(288) },
]

async function answered(bench: Bench, sized: Sized, body: Uint8Array): Promise<Json> {
  const client = bench.start(...sized.steps)
  const write = bench.reply(await bench.take(sized.opcode), body)
  return [write, await bench.last(client)]
}

function ofFixedLength(sized: Sized): KernelCase {
  const { opcode, body = NOTHING, outcome = 'ok', failure = 'EIO', init } = sized
  const shorter = body.byteLength === 0 ? [] : [body.subarray(0, -1)]
  const longer = Buffer.concat([body, struct(1)])
  const bodies = [...shorter, longer, body]
  const refused = [...shorter, longer].map(() => ['EINVAL', failure])
  return {
    name: `${opcode}: the reply's body has exactly ${body.byteLength} bytes`,
    expected: [...refused, ['ok', outcome]],
    ...(init === undefined ? {} : { init }),
    run: async (bench) => {
      const seen: Json[] = []
      for (const each of bodies) seen.push(await answered(bench, sized, each))
      return seen
    },
  }
}

interface Variable {
  readonly name: string
  readonly opcode: OpcodeName
  readonly steps: readonly Step[]
  /** Each with the write's result and the client's. */
  readonly bodies: readonly (readonly [body: Uint8Array, write: string, client: Outcome])[]
}

/** Two records, the second of which tells of a name that goes beyond the end. */
const CUT_LISTING = Buffer.concat([dirent('one', 1), dirent('x'.repeat(4040), 2, 4095)])
const IOCTL_8 = struct(16 + 8)

const VARIABLE: readonly Variable[] = [
  {
    name: 'READ: as many bytes as asked for, or less',
    opcode: 'READ',
    steps: [OPEN, ['read', 10]],
    bodies: [
      [NOTHING, 'ok', ''],
      [Buffer.from('nine byte'), 'ok', 'nine byte'],
      [Buffer.from('ten bytes!'), 'ok', 'ten bytes!'],
      [Buffer.from('more bytes!'), 'EINVAL', 'EIO'],
    ],
  },
  {
    name: 'READLINK: a page less one byte',
    opcode: 'READLINK',
    steps: [['readlink', 'link']],
    bodies: [
      [struct(1).fill('x'), 'ok', 1],
      [struct(4095).fill('x'), 'ok', 4095],
      [struct(4096).fill('x'), 'EINVAL', 'EIO'],
    ],
  },
  {
    name: 'READDIR: as many bytes as asked for, or less',
    opcode: 'READDIR',
    steps: [OPEN_DIRECTORY, ['list']],
    bodies: [
      [NOTHING, 'ok', false],
      [dirent('one', 1), 'ok', true],
      [CUT_LISTING, 'ok', true],
      [Buffer.concat([CUT_LISTING, struct(8)]), 'EINVAL', 'EIO'],
    ],
  },
  {
    name: 'GETXATTR: as many bytes as asked for, or less',
    opcode: 'GETXATTR',
    steps: [['getxattr', 'file', 'user.x', 10]],
    bodies: [
      [NOTHING, 'ok', 0],
      [struct(10), 'ok', 10],
      [struct(11), 'EINVAL', 'EIO'],
    ],
  },
  {
    name: 'LISTXATTR: as many bytes as asked for, or less',
    opcode: 'LISTXATTR',
    steps: [['listxattr', 'file', 4]],
    bodies: [
      [NOTHING, 'ok', 0],
      [Buffer.from('a.b\0'), 'ok', 4],
      [Buffer.from('a.bc\0'), 'EINVAL', 'EIO'],
    ],
  },
  {
    name: 'IOCTL: its structure and a page, of which the client takes what the command has',
    opcode: 'IOCTL',
    steps: [OPEN, ['ioctl', IOCTL_READS_8, 8]],
    bodies: [
      [struct(15), 'EINVAL', 'EIO'],
      [struct(16), 'ok', 0],
      [IOCTL_8, 'ok', 0],
      [struct(25), 'ok', 'EIO'],
      [struct(16 + 4096), 'ok', 'EIO'],
      [struct(16 + 4097), 'EINVAL', 'EIO'],
    ],
  },
]

function ofVariableLength({ name, opcode, steps, bodies }: Variable): KernelCase {
  return {
    name,
    expected: bodies.map(([, write, client]) => [write, client]),
    run: async (bench) => {
      const seen: Json[] = []
      for (const [body] of bodies) seen.push(await answered(bench, { opcode, steps }, body))
      return seen
    },
  }
}

export const REPLY_SIZES: readonly KernelCase[] = [
  ...FIXED.map(ofFixedLength),
  ...VARIABLE.map(ofVariableLength),
]
