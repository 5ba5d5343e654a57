// Status, modes, owners, times, extended attributes and handles.

import { lstatSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  close,
  descriptorPath,
  fchmod,
  fchmodat,
  fchownat,
  fstatfs,
  fstatx,
  futimens,
  getxattr,
  getxattrSize,
  listxattr,
  mknodat,
  name_to_handle_at,
  O_PATH,
  open_by_handle_at,
  openat,
  pread,
  removexattr,
  setxattr,
  statx,
  symlinkat,
  UNCHANGED,
  unlinkat,
  utimensat,
  XATTR_CREATE,
  XATTR_REPLACE,
} from '@fuseloop/native/posix'
import t from 'tap'
import { codeOf, place } from './posix-test.js'

const isRoot = process.getuid?.() === 0
const notRoot = isRoot ? false : 'needs root'
const O_NOFOLLOW = 0o400000

t.test('statx tells what node:fs tells, of names and of descriptors', async (t) => {
  const { path, fd } = place(t)
  writeFileSync(join(path, 'file'), Buffer.alloc(5000), { mode: 0o604 })
  const seen = statx(fd, 'file', AT_SYMLINK_NOFOLLOW)
  const wanted = lstatSync(join(path, 'file'), { bigint: true })
  for (const field of ['mode', 'nlink', 'uid', 'gid', 'ino', 'size', 'blocks', 'blksize'] as const)
    t.equal(BigInt(seen[field]), wanted[field], field)
  for (const field of ['dev', 'rdev', 'atimeNs', 'mtimeNs', 'ctimeNs'] as const)
    t.equal(BigInt(seen[field]), wanted[field], field)
  if (seen.birthtimeNs !== undefined) t.equal(seen.birthtimeNs, wanted.birthtimeNs)
  const named = openat(fd, 'file', O_PATH)
  t.same(fstatx(named), seen)
  close(named)
  t.equal(
    codeOf(() => statx(fd, 'absent', 0)),
    'ENOENT',
  )
})

t.test('device numbers are those of the kernel', { skip: notRoot }, async (t) => {
  const { path, fd } = place(t)
  // Major 300, minor 70000: more than 8 bits each.
  const device = (300 << 8) | (70_000 & 0xff) | ((70_000 & ~0xff) << 12)
  mknodat(fd, 'device', 0o60600, device)
  t.equal(statSync(join(path, 'device')).rdev, device)
  t.equal(statx(fd, 'device', 0).rdev, device)
})

t.test('mode and times change, also through an O_PATH descriptor', async (t) => {
  const { path, fd } = place(t)
  const file = join(path, 'file')
  writeFileSync(file, '')
  const named = openat(fd, 'file', O_PATH)
  t.equal(
    codeOf(() => fchmod(named, 0o600)),
    'EBADF',
  )
  fchmodat(-100, descriptorPath(named), 0o4711)
  t.equal(statSync(file).mode & 0o7777, 0o4711)
  futimens(named, 1n, 1_234_567_890_123_456_789n)
  const stats = statSync(file, { bigint: true })
  t.same([stats.atimeNs, stats.mtimeNs], [1n, 1_234_567_890_123_456_789n])
  utimensat(fd, 'file', undefined, -1n)
  t.same([statx(fd, 'file', 0).atimeNs, statx(fd, 'file', 0).mtimeNs], [1n, -1n])
  utimensat(fd, 'file', 'now', undefined)
  t.ok(Math.abs(Date.now() - statSync(file).atimeMs) < 10_000)
  close(named)
  symlinkat('file', fd, 'link')
  const link = openat(fd, 'link', O_PATH | O_NOFOLLOW)
  futimens(link, 5n, 6n)
  t.equal(lstatSync(join(path, 'link'), { bigint: true }).mtimeNs, 6n)
  t.equal(statx(fd, 'file', 0).mtimeNs, -1n, 'the link, not its target')
  close(link)
})

t.test('owners change one by one', { skip: notRoot }, async (t) => {
  const { path, fd } = place(t)
  writeFileSync(join(path, 'file'), '')
  fchownat(fd, 'file', 1234, UNCHANGED)
  const named = openat(fd, 'file', O_PATH)
  fchownat(named, '', UNCHANGED, 4_000_000_000, AT_EMPTY_PATH)
  close(named)
  const { uid, gid } = statSync(join(path, 'file'))
  t.same([uid, gid], [1234, 4_000_000_000])
})

t.test('extended attributes, of a descriptor and through its path', async (t) => {
  const { path, fd } = place(t)
  writeFileSync(join(path, 'file'), '')
  const file = openat(fd, 'file', 2)
  t.teardown(() => close(file))
  const named = openat(fd, 'file', O_PATH)
  t.teardown(() => close(named))
  const large = Buffer.alloc(3000, 7)
  setxattr(file, 'user.large', large)
  t.same(getxattr(descriptorPath(named), 'user.large'), large)
  t.equal(getxattrSize(file, 'user.large'), 3000)
  setxattr(descriptorPath(named), Buffer.from('user.\xff', 'latin1'), Buffer.alloc(0))
  t.equal(getxattr(file, Buffer.from('user.\xff', 'latin1')).length, 0, 'an empty value')
  t.same(listxattr(file).toString('latin1').split('\0').sort(), ['', 'user.large', 'user.\xff'])
  const code = (call: () => unknown, wanted: string): boolean => t.equal(codeOf(call), wanted)
  code(() => setxattr(file, 'user.large', large, XATTR_CREATE), 'EEXIST')
  code(() => setxattr(file, 'user.none', large, XATTR_REPLACE), 'ENODATA')
  removexattr(file, 'user.large')
  code(() => getxattr(file, 'user.large'), 'ENODATA')
  code(() => removexattr(descriptorPath(named), 'user.large'), 'ENODATA')
  code(() => getxattr(file, 'nonsense'), 'ENOTSUP')
})

t.test(
  'a handle finds a file again under any name, and after its removal no more',
  { skip: notRoot },
  async (t) => {
    const { path, fd } = place(t)
    const mount = openat(-100, path, 0)
    t.teardown(() => close(mount))
    writeFileSync(join(path, 'file'), 'text')
    const { handle } = name_to_handle_at(fd, 'file')
    const named = openat(fd, 'file', O_PATH)
    t.same(name_to_handle_at(named, '', AT_EMPTY_PATH).handle, handle)
    close(named)
    t.equal(
      codeOf(() => open_by_handle_at(openat(-100, path, O_PATH), handle, 0)),
      'EBADF',
    )
    const open = open_by_handle_at(mount, handle, 0)
    unlinkat(fd, 'file')
    t.equal(pread(open, Buffer.alloc(9), 0), 4)
    close(open_by_handle_at(mount, handle, O_PATH))
    close(open)
    t.equal(
      codeOf(() => open_by_handle_at(mount, handle, 0)),
      'ESTALE',
    )
    t.equal(
      codeOf(() => open_by_handle_at(mount, Buffer.alloc(3), 0)),
      'EINVAL',
    )
  },
)

t.test('fstatfs', async (t) => {
  const { fd } = place(t)
  const figures = fstatfs(fd)
  t.ok(figures.blocks > 0n && figures.frsize > 0n && figures.namelen === 255n)
  t.equal(
    codeOf(() => fstatfs(99_999)),
    'EBADF',
  )
})
