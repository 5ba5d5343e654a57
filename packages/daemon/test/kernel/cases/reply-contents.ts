// Replies of the right length that cannot be: the daemon's write is taken, and the client gets an error.

import type { OpcodeName } from '@fuseloop/core/protocol'
import { NEW_DIRECTORY, NEW_FILE, NEW_LINK } from '../default-daemon.js'
import type { KernelCase } from '../kernel-case.js'
import type { Outcome, Step } from '../kernel-under-test.js'
import {
  attrOut,
  DIRECTORY_MODE,
  dirent,
  entryOut,
  FILE_MODE,
  LINK_MODE,
  openOut,
  struct,
} from '../wire.js'

const O_RDWR = 2
const O_DIRECTORY = 0o200000
const CREATE: Step = ['open', 'new', 0o302]
const OPEN: Step = ['open', 'file', O_RDWR]
const LIST: readonly Step[] = [['open', 'dir', O_DIRECTORY], ['list']]
const TOO_LARGE = 1n << 63n
const LARGEST = TOO_LARGE - 1n
const ROOT = 1

function contents(
  name: string,
  opcode: OpcodeName,
  steps: readonly Step[],
  body: Uint8Array,
  client: Outcome,
): KernelCase {
  return {
    name: `${opcode}: ${name}`,
    expected: { write: 'ok', client },
    run: async (bench) => {
      const started = bench.start(...steps)
      const write = bench.reply(await bench.take(opcode), body)
      return { write, client: await bench.last(started) }
    },
  }
}

const created = (nodeid: number, mode: number): Buffer =>
  Buffer.concat([entryOut(nodeid, mode), openOut()])

const STAT: readonly Step[] = [['stat', 'file']]
const MKDIR: readonly Step[] = [['mkdir', 'new']]
const LINK: readonly Step[] = [['link', 'file', 'new']]
const SYMLINK: readonly Step[] = [['symlink', 'to', 'new']]

const ENTRIES: readonly KernelCase[] = [
  contents('nodeid 0 is a name that is not there', 'LOOKUP', STAT, entryOut(0, 0), 'ENOENT'),
  contents('the root’s nodeid is EIO', 'LOOKUP', STAT, entryOut(ROOT, DIRECTORY_MODE), 'EIO'),
  contents('a mode without a type is EIO', 'LOOKUP', STAT, entryOut(2, 0o644), 'EIO'),
  contents('an unknown type is EIO', 'LOOKUP', STAT, entryOut(2, 0o170644), 'EIO'),
  contents(
    'a size beyond 2^63 - 1 is EIO',
    'LOOKUP',
    STAT,
    entryOut(2, FILE_MODE, { size: TOO_LARGE }),
    'EIO',
  ),
  contents(
    'a size of 2^63 - 1 is taken',
    'LOOKUP',
    STAT,
    entryOut(2, FILE_MODE, { size: LARGEST, attrValid: 100 }),
    'ok',
  ),
  contents('nodeid 0 is EIO', 'MKDIR', MKDIR, entryOut(0, DIRECTORY_MODE), 'EIO'),
  contents('the root’s nodeid is EIO', 'MKDIR', MKDIR, entryOut(ROOT, DIRECTORY_MODE), 'EIO'),
  contents('a file is EIO', 'MKDIR', MKDIR, entryOut(NEW_DIRECTORY, FILE_MODE), 'EIO'),
  contents('a mode without a type is EIO', 'MKDIR', MKDIR, entryOut(NEW_DIRECTORY, 0o755), 'EIO'),
  contents('a file is EIO', 'SYMLINK', SYMLINK, entryOut(NEW_LINK, FILE_MODE), 'EIO'),
  contents('a link is taken', 'SYMLINK', SYMLINK, entryOut(NEW_LINK, LINK_MODE), 'ok'),
  contents(
    'another type than asked for is EIO',
    'MKNOD',
    [['mknod', 'new', FILE_MODE]],
    entryOut(NEW_FILE, 0o010644),
    'EIO',
  ),
  contents(
    'other permissions than asked for are taken',
    'MKNOD',
    [['mknod', 'new', FILE_MODE]],
    entryOut(NEW_FILE, 0o100777),
    'ok',
  ),
  contents('nodeid 0 is EIO', 'LINK', LINK, entryOut(0, FILE_MODE), 'EIO'),
  contents('another type than the file’s is EIO', 'LINK', LINK, entryOut(2, LINK_MODE), 'EIO'),
  contents('a directory is EIO', 'CREATE', [CREATE], created(NEW_FILE, DIRECTORY_MODE), 'EIO'),
  contents('nodeid 0 is EIO', 'CREATE', [CREATE], created(0, FILE_MODE), 'EIO'),
  contents('the root’s nodeid is EIO', 'CREATE', [CREATE], created(ROOT, FILE_MODE), 'EIO'),
]

const ATTRIBUTES: readonly KernelCase[] = [
  contents('a mode without a type is EIO', 'GETATTR', [['stat', '']], attrOut(0o755), 'EIO'),
  contents('another type than before is EIO', 'GETATTR', [['stat', '']], attrOut(FILE_MODE), 'EIO'),
  contents(
    'a size beyond 2^63 - 1 is EIO',
    'GETATTR',
    [['stat', '']],
    attrOut(DIRECTORY_MODE, { size: TOO_LARGE }),
    'EIO',
  ),
  contents(
    'another type than before is EIO',
    'SETATTR',
    [['chmod', 'file', 0o600]],
    attrOut(DIRECTORY_MODE),
    'EIO',
  ),
  contents(
    'the size that it tells is the client’s',
    'GETATTR',
    [['size', '']],
    attrOut(DIRECTORY_MODE, { size: 12345 }),
    12345,
  ),
]

const DATA: readonly KernelCase[] = [
  contents(
    'a count beyond what was sent is EIO',
    'WRITE',
    [OPEN, ['write', 'four']],
    struct(8, [0, 4, 5]),
    'EIO',
  ),
  contents(
    'a lower count is the client’s result',
    'WRITE',
    [OPEN, ['write', 'four']],
    struct(8, [0, 4, 3]),
    3,
  ),
  contents('an empty name is EIO', 'READDIR', LIST, struct(32, [8, 8, 1]), 'EIO'),
  contents('a name with a slash is EIO', 'READDIR', LIST, dirent('a/b', 1), 'EIO'),
  contents(
    'its result is the client’s errno if it is negative',
    'IOCTL',
    [OPEN, ['ioctl', 0x8008_9901, 8]],
    struct(24, [0, 4, -25]),
    'ENOTTY',
  ),
]

export const REPLY_CONTENTS: readonly KernelCase[] = [
  ...ENTRIES,
  ...ATTRIBUTES,
  ...DATA,
  {
    name: 'LOOKUP: another type under a known nodeid is another inode, and the old one goes bad',
    expected: { again: 'ok', old: 'EIO' },
    run: async (bench) => {
      const client = bench.start(OPEN, ['wait'], ['fstat'])
      await bench.until('the file is open', () => client.done === 1)
      const other = bench.start(['stat', 'other'])
      bench.reply(await bench.take('LOOKUP'), entryOut(2, DIRECTORY_MODE, { attrValid: 100 }))
      const again = await bench.last(other)
      client.goOn()
      return { again, old: await bench.last(client) }
    },
  },
]
