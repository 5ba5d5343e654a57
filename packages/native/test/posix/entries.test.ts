// Calls on (directory, name), held against what node:fs sees.

import { constants, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  close,
  descriptorPath,
  faccessat,
  linkat,
  mkdirat,
  mknodat,
  O_PATH,
  O_TMPFILE,
  openat,
  openat2,
  PosixError,
  pread,
  pwrite,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RENAME_WHITEOUT,
  RESOLVE_NO_SYMLINKS,
  readlinkat,
  renameat2,
  symlinkat,
  unlinkat,
} from '@fuseloop/native/posix'
import t from 'tap'
import { codeOf, place } from './posix-test.js'

const { O_CREAT, O_DIRECT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, S_IFIFO } = constants
const isRoot = process.getuid?.() === 0

t.test('files, directories, links and fifos are made, renamed and removed', async (t) => {
  const { path, fd } = place(t)
  close(openat(fd, 'file', O_CREAT | O_EXCL | O_RDWR, 0o640))
  t.equal(statSync(join(path, 'file')).mode & 0o777, 0o640)
  mkdirat(fd, 'folder', 0o750)
  mknodat(fd, 'fifo', S_IFIFO | 0o600, 0)
  symlinkat('a target', fd, 'link')
  t.equal(readlinkat(fd, 'link').toString(), 'a target')
  linkat(fd, 'file', fd, 'second')
  t.equal(statSync(join(path, 'second')).nlink, 2)
  renameat2(fd, 'second', fd, 'third', RENAME_NOREPLACE)
  t.same(readdirSync(path).sort(), ['fifo', 'file', 'folder', 'link', 'third'])
  for (const name of ['fifo', 'file', 'link', 'third']) unlinkat(fd, name)
  unlinkat(fd, 'folder', AT_REMOVEDIR)
  t.same(readdirSync(path), [])
})

t.test('renameat2 exchanges, refuses to replace, leaves a whiteout', async (t) => {
  const { path, fd } = place(t)
  for (const name of ['one', 'two']) writeFileSync(join(path, name), name)
  renameat2(fd, 'one', fd, 'two', RENAME_EXCHANGE)
  t.equal(readFileSync(join(path, 'one'), 'utf8'), 'two')
  t.equal(
    codeOf(() => renameat2(fd, 'one', fd, 'two', RENAME_NOREPLACE)),
    'EEXIST',
  )
  if (!isRoot) return
  renameat2(fd, 'one', fd, 'moved', RENAME_WHITEOUT)
  const whiteout = statSync(join(path, 'one'))
  t.equal(whiteout.isCharacterDevice() && whiteout.rdev, 0)
})

t.test('an O_TMPFILE gets a name by linkat, by either way', async (t) => {
  const { path, fd } = place(t)
  const file = openat(fd, '.', O_TMPFILE | O_RDWR, 0o600)
  pwrite(file, Buffer.from('text'), 0)
  t.same(readdirSync(path), [])
  linkat(AT_FDCWD, descriptorPath(file), fd, 'named', AT_SYMLINK_FOLLOW)
  if (isRoot) linkat(file, '', fd, 'again', AT_EMPTY_PATH)
  close(file)
  t.equal(readFileSync(join(path, 'named'), 'utf8'), 'text')
})

t.test('O_PATH and O_DIRECT reach the kernel', async (t) => {
  const { path, fd } = place(t)
  writeFileSync(join(path, 'file'), Buffer.alloc(8192, 1))
  const named = openat(fd, 'file', O_PATH | O_NOFOLLOW)
  t.equal(
    codeOf(() => pread(named, Buffer.alloc(1), 0)),
    'EBADF',
    'names, and reads nothing',
  )
  close(named)
  const direct = openat(fd, 'file', O_RDONLY | O_DIRECT)
  const aligned = new Uint8Array(new ArrayBuffer(8192))
  const code = codeOf(() => pread(direct, aligned, 1))
  t.match(code, /^(EINVAL|)$/, 'an odd offset is refused by filesystems with blocks')
  close(direct)
})

t.test('names of any bytes pass as they are', async (t) => {
  const { path, fd } = place(t)
  const name = Buffer.alloc(255, 0xff)
  mkdirat(fd, name, 0o700)
  t.same(readdirSync(path, 'buffer'), [name])
  const deeper = openat(fd, name, O_RDONLY | O_DIRECTORY)
  symlinkat(name, deeper, 'café')
  t.same(readlinkat(deeper, Buffer.from('café')), name)
  close(deeper)
  t.throws(() => mkdirat(fd, 'cut\0off', 0o700), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => mkdirat(fd, 7 as unknown as string, 0o700), { code: 'ERR_INVALID_ARG_TYPE' })
})

t.test('errors have the fields of node:fs', async (t) => {
  const { path, fd } = place(t)
  const expected = {
    name: 'Error',
    code: 'ENOENT',
    errno: -2,
    syscall: 'openat',
    path: 'absent',
    message: "ENOENT: no such file or directory, openat 'absent'",
  }
  t.throws(() => openat(fd, 'absent', O_RDONLY), expected)
  t.ok(new PosixError(-116, 'openat').code === 'ESTALE')
  writeFileSync(join(path, 'file'), '')
  symlinkat('file', fd, 'link')
  const code = (call: () => unknown, wanted: string): boolean => t.equal(codeOf(call), wanted)
  code(() => openat(fd, 'file/x', O_RDONLY), 'ENOTDIR')
  code(() => openat(fd, 'link', O_RDONLY | O_NOFOLLOW), 'ELOOP')
  code(() => openat2(fd, 'link', O_RDONLY, RESOLVE_NO_SYMLINKS), 'ELOOP')
  code(() => mkdirat(fd, 'file', 0o700), 'EEXIST')
  code(() => unlinkat(fd, 'file', AT_REMOVEDIR), 'ENOTDIR')
  code(() => linkat(fd, 'absent', fd, 'x'), 'ENOENT')
  code(() => renameat2(fd, 'absent', fd, 'x'), 'ENOENT')
  code(() => symlinkat('x', fd, 'file'), 'EEXIST')
  code(() => mknodat(fd, 'file', S_IFIFO, 0), 'EEXIST')
  code(() => readlinkat(fd, 'file'), 'EINVAL')
  code(() => faccessat(fd, 'absent', 0), 'ENOENT')
  code(() => faccessat(fd, 'file', 4), '')
  code(() => mkdirat(fd, Buffer.alloc(256, 97), 0o700), 'ENAMETOOLONG')
  code(() => close(99_999), 'EBADF')
})
