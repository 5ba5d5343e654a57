// Replies of the right length whose contents cannot be: the write is taken, and the client gets EIO
// (fs/fuse/dir.c fuse_invalid_attr(), create_new_entry(), fuse_create_open()).

import type { OpcodeName } from '@fuseloop/core/protocol'
import { NEW_DIRECTORY, NEW_FILE } from '../default-daemon.js'
import type { KernelCase } from '../kernel-case.js'
import type { Outcome, Step } from '../kernel-under-test.js'
import { attrOut, DIRECTORY_MODE, entryOut, FILE_MODE, openOut, struct } from '../wire.js'

const O_CREAT_RDWR = 0o102
const NEGATIVE = 1n << 63n

function contents(
  name: string,
  opcode: OpcodeName,
  steps: readonly Step[],
  body: Buffer,
  client: Outcome = 'EIO',
): KernelCase {
  return {
    name: `${opcode}: ${name}`,
    expected: { write: 'ok', client },
    run: async (bench) => {
      const asking = bench.start(...steps)
      const write = bench.reply(await bench.take(opcode), body)
      return { write, client: await bench.last(asking) }
    },
  }
}

const looked = (name: string, body: Buffer, client?: Outcome): KernelCase =>
  contents(name, 'LOOKUP', [['stat', 'new']], body, client)

const created = (name: string, nodeid: number, mode: number): KernelCase =>
  contents(
    name,
    'CREATE',
    [['open', 'new', O_CREAT_RDWR]],
    Buffer.concat([entryOut(nodeid, mode), openOut()]),
  )

export const CONTENTS: readonly KernelCase[] = [
  looked('nodeid 0 says that there is no such name', entryOut(0, 0), 'ENOENT'),
  looked('the root as a child is EIO', entryOut(1, DIRECTORY_MODE)),
  looked('a mode without a type is EIO', entryOut(NEW_FILE, 0o644)),
  looked('a mode of no type that there is is EIO', entryOut(NEW_FILE, 0o030644)),
  looked('a negative size is EIO', entryOut(NEW_FILE, FILE_MODE, { size: NEGATIVE })),
  contents('a mode without a type is EIO', 'GETATTR', [['stat', '']], attrOut(0o755)),
  contents('another type than before is EIO', 'GETATTR', [['stat', '']], attrOut(FILE_MODE)),
  contents(
    'a negative size is EIO',
    'GETATTR',
    [['stat', '']],
    attrOut(DIRECTORY_MODE, { size: NEGATIVE }),
  ),
  contents(
    'a directory after truncate is EIO',
    'SETATTR',
    [['truncate', 'file', 5]],
    attrOut(DIRECTORY_MODE),
  ),
  contents('a file is EIO', 'MKDIR', [['mkdir', 'new']], entryOut(NEW_FILE, FILE_MODE)),
  contents('nodeid 0 is EIO', 'MKDIR', [['mkdir', 'new']], entryOut(0, DIRECTORY_MODE)),
  contents('a file is EIO', 'SYMLINK', [['symlink', 'a', 'new']], entryOut(NEW_FILE, FILE_MODE)),
  contents(
    'a file in place of a pipe is EIO',
    'MKNOD',
    [['mknod', 'new', 0o010644]],
    entryOut(NEW_FILE, FILE_MODE),
  ),
  created('a directory is EIO', NEW_DIRECTORY, DIRECTORY_MODE),
  created('nodeid 0 is EIO', 0, FILE_MODE),
  contents(
    'more than was given is EIO',
    'WRITE',
    [
      ['open', 'file', 2],
      ['write', 'abc'],
    ],
    struct(8, [0, 4, 4]),
  ),
  contents(
    'less than was given is told to the client',
    'WRITE',
    [
      ['open', 'file', 2],
      ['write', 'abc'],
    ],
    struct(8, [0, 4, 2]),
    2,
  ),
]
