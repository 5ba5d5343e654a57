// Which path handlers each method of the inode API calls, and with what.

import type { InodeHandlers, Text } from '@fuseloop/core/inode'
import t from 'tap'
import {
  ATTRIBUTES,
  BUFFER,
  type Call,
  CHANGES,
  CONTEXT,
  D,
  DETAILS,
  DIRECTORY,
  ENTRY,
  F,
  FILE,
  type Handle,
  O_RDWR,
  open,
  ROOT,
  recorder,
  UNLINKED,
} from './adapted.js'

interface Mapping {
  readonly method: keyof InodeHandlers
  readonly call: (adapted: Required<InodeHandlers<Text, Handle>>) => unknown
  readonly calls: readonly Call[]
  /** What the path handler of that name returns. */
  readonly answer?: unknown
  readonly result?: unknown
}

const MAPPINGS: readonly Mapping[] = [
  {
    method: 'lookup',
    call: (to) => to.lookup(DIRECTORY, 'n', CONTEXT),
    calls: [['getattr', '/a/b/n', undefined]],
    result: ENTRY,
  },
  {
    method: 'getattr',
    call: (to) => to.getattr(FILE, undefined, CONTEXT),
    calls: [['getattr', '/a/f', undefined]],
    result: ATTRIBUTES,
  },
  {
    method: 'setattr',
    call: (to) => to.setattr(FILE, CHANGES, open(FILE), CONTEXT),
    calls: [
      ['setattr', '/a/f', CHANGES, F],
      ['getattr', '/a/f', F],
    ],
    result: ATTRIBUTES,
  },
  {
    method: 'readlink',
    call: (to) => to.readlink(FILE, CONTEXT),
    calls: [['readlink', '/a/f']],
    answer: 'target',
    result: 'target',
  },
  {
    method: 'symlink',
    call: (to) => to.symlink(DIRECTORY, 'n', 'target', CONTEXT),
    calls: [
      ['symlink', 'target', '/a/b/n'],
      ['getattr', '/a/b/n', undefined],
    ],
    result: ENTRY,
  },
  {
    method: 'mknod',
    call: (to) => to.mknod(DIRECTORY, 'n', 0o10644, 3, CONTEXT),
    calls: [
      ['mknod', '/a/b/n', 0o10644, 3],
      ['getattr', '/a/b/n', undefined],
    ],
    result: ENTRY,
  },
  {
    method: 'mkdir',
    call: (to) => to.mkdir(DIRECTORY, 'n', 0o755, CONTEXT),
    calls: [
      ['mkdir', '/a/b/n', 0o755],
      ['getattr', '/a/b/n', undefined],
    ],
    result: ENTRY,
  },
  {
    method: 'unlink',
    call: (to) => to.unlink(DIRECTORY, 'n', CONTEXT),
    calls: [['unlink', '/a/b/n']],
  },
  {
    method: 'rmdir',
    call: (to) => to.rmdir(DIRECTORY, 'n', CONTEXT),
    calls: [['rmdir', '/a/b/n']],
  },
  {
    method: 'rename',
    call: (to) => to.rename(DIRECTORY, 'n', ROOT, 'm', 0, CONTEXT),
    calls: [['rename', '/a/b/n', '/m', 0]],
  },
  {
    method: 'tmpfile',
    call: (to) => to.tmpfile(DIRECTORY, 0o600, O_RDWR, CONTEXT),
    calls: [
      ['tmpfile', '/a/b', 0o600, O_RDWR],
      ['getattr', '', { path: '', handle: 9, flags: O_RDWR }],
    ],
    answer: 9,
    result: { handle: 9, attributes: ATTRIBUTES },
  },
  {
    method: 'link',
    call: (to) => to.link(FILE, DIRECTORY, 'n', undefined, CONTEXT),
    calls: [
      ['link', '/a/f', '/a/b/n', undefined],
      ['getattr', '/a/b/n', undefined],
    ],
    result: ENTRY,
  },
  {
    method: 'open',
    call: (to) => to.open(FILE, O_RDWR, CONTEXT),
    calls: [['open', '/a/f', O_RDWR]],
    answer: { handle: 9, directIo: true },
    result: { handle: 9, directIo: true },
  },
  {
    method: 'create',
    call: (to) => to.create(DIRECTORY, 'n', 0o644, O_RDWR, CONTEXT),
    calls: [
      ['create', '/a/b/n', 0o644, O_RDWR],
      ['getattr', '/a/b/n', { path: '/a/b/n', handle: 9, flags: O_RDWR }],
    ],
    answer: { handle: 9, keepCache: true },
    result: { handle: 9, keepCache: true, attributes: ATTRIBUTES },
  },
  {
    method: 'read',
    call: (to) => to.read(open(FILE), BUFFER, 100, CONTEXT),
    calls: [['read', F, BUFFER, 100]],
    answer: 4,
    result: 4,
  },
  {
    method: 'write',
    call: (to) => to.write(open(FILE), BUFFER, 100, CONTEXT),
    calls: [['write', F, BUFFER, 100]],
    answer: 4,
    result: 4,
  },
  { method: 'flush', call: (to) => to.flush(open(FILE), CONTEXT), calls: [['flush', F]] },
  { method: 'release', call: (to) => to.release(open(FILE), CONTEXT), calls: [['release', F]] },
  {
    method: 'fsync',
    call: (to) => to.fsync(open(FILE), true, CONTEXT),
    calls: [['fsync', F, true]],
  },
  {
    method: 'opendir',
    call: (to) => to.opendir(DIRECTORY, 0, CONTEXT),
    calls: [['opendir', '/a/b', 0]],
    answer: 9,
    result: 9,
  },
  {
    method: 'readdir',
    call: (to) => to.readdir(open(DIRECTORY), 5, CONTEXT),
    calls: [['readdir', '/a/b', D, 5]],
    answer: ['x'],
    result: ['x'],
  },
  {
    method: 'readdirplus',
    call: (to) => to.readdirplus(open(DIRECTORY), 5, CONTEXT),
    calls: [['readdirplus', '/a/b', D, 5]],
    answer: ['x'],
    result: ['x'],
  },
  {
    method: 'releasedir',
    call: (to) => to.releasedir(open(DIRECTORY), CONTEXT),
    calls: [['releasedir', D]],
  },
  {
    method: 'fsyncdir',
    call: (to) => to.fsyncdir(open(DIRECTORY), false, CONTEXT),
    calls: [['fsyncdir', D, false]],
  },
  {
    method: 'statfs',
    call: (to) => to.statfs(ROOT, CONTEXT),
    calls: [['statfs', '/']],
    answer: { blocks: 1 },
    result: { blocks: 1 },
  },
  {
    method: 'access',
    call: (to) => to.access(FILE, 4, CONTEXT),
    calls: [['access', '/a/f', 4]],
  },
  {
    method: 'fallocate',
    call: (to) => to.fallocate(open(FILE), 3, 10, 20, CONTEXT),
    calls: [['fallocate', F, 3, 10, 20]],
  },
  {
    method: 'lseek',
    call: (to) => to.lseek(open(FILE), 10, 4, CONTEXT),
    calls: [['lseek', F, 10, 4]],
    answer: 50,
    result: 50,
  },
  {
    method: 'copy_file_range',
    call: (to) => to.copy_file_range(open(FILE), 1, open(DIRECTORY), 2, 3, CONTEXT),
    calls: [['copy_file_range', F, 1, D, 2, 3]],
    answer: 3,
    result: 3,
  },
  {
    method: 'ioctl',
    call: (to) => to.ioctl(open(FILE), 1, BUFFER, 2, DETAILS, CONTEXT),
    calls: [['ioctl', F, 1, BUFFER, 2, DETAILS]],
    answer: 3,
    result: 3,
  },
  {
    method: 'poll',
    call: (to) => to.poll(open(FILE), 5, undefined, CONTEXT),
    calls: [['poll', F, 5, undefined]],
    answer: 4,
    result: 4,
  },
  {
    method: 'statx',
    call: (to) => to.statx(UNLINKED, open(UNLINKED), 1, 2, CONTEXT),
    calls: [['statx', '', { ...F, path: '' }, 1, 2]],
    answer: ATTRIBUTES,
    result: ATTRIBUTES,
  },
  {
    method: 'bmap',
    call: (to) => to.bmap(FILE, 512, 4, CONTEXT),
    calls: [['bmap', '/a/f', 512, 4]],
    answer: 9,
    result: 9,
  },
  {
    method: 'syncfs',
    call: (to) => to.syncfs(ROOT, CONTEXT),
    calls: [['syncfs', '/']],
  },
  {
    method: 'setxattr',
    call: (to) => to.setxattr(FILE, 'user.a', BUFFER, 1, CONTEXT),
    calls: [['setxattr', '/a/f', 'user.a', BUFFER, 1]],
  },
  {
    method: 'getxattr',
    call: (to) => to.getxattr(FILE, 'user.a', CONTEXT),
    calls: [['getxattr', '/a/f', 'user.a']],
    answer: 'value',
    result: 'value',
  },
  {
    method: 'listxattr',
    call: (to) => to.listxattr(DIRECTORY, CONTEXT),
    calls: [['listxattr', '/a/b']],
    answer: ['user.a'],
    result: ['user.a'],
  },
  {
    method: 'removexattr',
    call: (to) => to.removexattr(FILE, 'user.a', CONTEXT),
    calls: [['removexattr', '/a/f', 'user.a']],
  },
]

for (const { method, call, calls, answer, result } of MAPPINGS) {
  t.test(`${method} reaches the path handlers, and makes no promise of its own`, async (t) => {
    const made = recorder({ [method]: answer })
    const returned = call(made.adapted)
    t.notOk(returned instanceof Promise)
    t.same(returned, result)
    t.same(made.calls, calls)
  })

  t.test(`${method} waits for asynchronous path handlers, one after the other`, async (t) => {
    const made = recorder({ [method]: answer }, true)
    const returned = call(made.adapted)
    t.ok(returned instanceof Promise)
    t.equal(made.calls.length, 1, 'the second is called when the first is done')
    t.same(await returned, result)
    t.same(made.calls, calls)
  })
}
