// Open files and directories: far offsets, holes, ranges, locks, listings.

import { constants, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  close,
  copy_file_range,
  F_RDLCK,
  F_UNLCK,
  F_WRLCK,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  fallocate,
  fdatasync,
  flock,
  fstatx,
  fsync,
  ftruncate,
  getdents64,
  getOfdLock,
  getOwnedLock,
  ioctl,
  LOCK_EX,
  LOCK_NB,
  lseek,
  openat,
  parseDirents,
  pread,
  pwrite,
  SEEK_DATA,
  SEEK_END,
  SEEK_HOLE,
  SEEK_SET,
  seekdir,
  setOfdLock,
  setOwnedLock,
  syncfs,
} from '@fuseloop/native/posix'
import t, { type Test } from 'tap'
import { codeOf, place } from './posix-test.js'

const { O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR } = constants
const MAX = 2n ** 63n - 1n

function newFile(t: Test): number {
  const file = openat(place(t).fd, 'file', O_CREAT | O_RDWR, 0o600)
  t.teardown(() => close(file))
  return file
}

t.test('offsets are never rounded', async (t) => {
  const file = newFile(t)
  for (const offset of [2 ** 31, 2 ** 32, 2n ** 32n + 1n]) {
    t.equal(pwrite(file, Buffer.from('x'), offset), 1)
    t.equal(BigInt(fstatx(file).size), BigInt(offset) + 1n)
    const back = Buffer.alloc(2)
    t.equal(pread(file, back, offset), 1)
    t.equal(back.toString('latin1'), 'x\0')
  }
  // More than ext4 can hold; others can.
  for (const offset of [2n ** 53n + 1n, MAX]) {
    t.match(
      codeOf(() => pwrite(file, Buffer.from('x'), offset)),
      /^(EFBIG|EINVAL|)$/,
    )
    t.match(
      codeOf(() => ftruncate(file, offset)),
      /^(EFBIG|EINVAL|)$/,
    )
  }
  ftruncate(file, 10)
  t.equal(pread(file, Buffer.alloc(1), 2n ** 53n + 1n), 0)
  t.throws(() => ftruncate(file, 2 ** 53), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => ftruncate(file, 0.5), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => ftruncate(file, MAX + 1n), { code: 'ERR_INVALID_ARG_TYPE' })
  t.equal(
    codeOf(() => pread(file, Buffer.alloc(1), -1)),
    'EINVAL',
  )
})

t.test('data and holes', async (t) => {
  const file = newFile(t)
  pwrite(file, Buffer.alloc(4096, 1), 2 ** 32)
  t.equal(lseek(file, 0, SEEK_DATA), 2n ** 32n)
  t.equal(lseek(file, 2n ** 32n, SEEK_HOLE), 2n ** 32n + 4096n)
  t.equal(lseek(file, 0, SEEK_END), 2n ** 32n + 4096n)
  t.equal(
    codeOf(() => lseek(file, 2n ** 32n + 4096n, SEEK_DATA)),
    'ENXIO',
  )
  fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2 ** 32, 4096)
  t.equal(
    codeOf(() => lseek(file, 0, SEEK_DATA)),
    'ENXIO',
  )
  fallocate(file, 0, 2 ** 33, 10)
  t.equal(fstatx(file).size, 2 ** 33 + 10)
  t.equal(
    codeOf(() => fallocate(file, 0, 0, 0)),
    'EINVAL',
  )
  t.equal(lseek(file, 5, SEEK_SET), 5n)
})

t.test('copying between files, and making it last', async (t) => {
  const [from, to] = [newFile(t), newFile(t)]
  pwrite(from, Buffer.from('0123456789'), 0)
  t.equal(copy_file_range(from, 2, to, 4n, 100), 8)
  const back = Buffer.alloc(12)
  pread(to, back, 0)
  t.equal(back.toString('latin1'), '\0\0\0\x0023456789')
  t.equal(copy_file_range(from, 10, to, 0, 1), 0, 'the end')
  for (const sync of [fsync, fdatasync, syncfs]) {
    sync(to)
    t.equal(
      codeOf(() => sync(99_999)),
      'EBADF',
    )
  }
})

t.test('locks of the open file description', async (t) => {
  const { path, fd } = place(t)
  writeFileSync(join(path, 'file'), '')
  const [one, two] = [openat(fd, 'file', O_RDWR), openat(fd, 'file', O_RDWR)]
  t.ok(setOfdLock(one, { type: F_WRLCK, start: 2n ** 53n + 1n, length: 0 }))
  const found = getOfdLock(two, { type: F_RDLCK, start: MAX, length: 1 })
  t.same(found, { type: F_WRLCK, start: 2n ** 53n + 1n, length: 0n })
  t.notOk(setOfdLock(two, { type: F_RDLCK, start: 0, length: 0 }))
  t.ok(setOfdLock(two, { type: F_RDLCK, start: 0, length: 2n ** 53n }))
  t.equal(getOfdLock(two, { type: F_WRLCK, start: 0, length: 10 }), undefined)
  t.ok(setOfdLock(one, { type: F_UNLCK, start: 0, length: 0 }))
  t.equal(
    codeOf(() => setOfdLock(one, { type: 77, start: 0, length: 0 })),
    'EINVAL',
  )
  flock(one, LOCK_EX)
  t.equal(
    codeOf(() => flock(two, LOCK_EX | LOCK_NB)),
    'EAGAIN',
  )
  close(one)
  flock(two, LOCK_EX | LOCK_NB)
  close(two)
})

t.test('locks of owners that have no process', async (t) => {
  const { fd } = place(t)
  const file = openat(fd, 'file', O_CREAT | O_RDWR, 0o600)
  const other = openat(fd, 'file', O_RDWR)
  const open = (): number => readdirSync('/proc/self/fd').length
  const before = open()
  const [one, two] = [2n ** 64n - 1n, 7n]
  const range = { type: F_WRLCK, start: 10, length: 10 }
  t.ok(setOwnedLock(file, one, range))
  t.ok(setOwnedLock(other, one, { ...range, start: 15 }), 'the same owner, by another descriptor')
  t.notOk(setOwnedLock(file, two, { ...range, type: F_RDLCK, start: 24, length: 0 }))
  t.same(getOwnedLock(file, two, range), { type: F_WRLCK, start: 10n, length: 15n })
  t.equal(getOwnedLock(file, one, range), undefined)
  t.notOk(setOfdLock(file, range), 'others see it')
  t.ok(setOwnedLock(file, one, { type: F_UNLCK, start: 10, length: 5 }))
  t.ok(setOwnedLock(file, two, { ...range, length: 5 }))
  for (const owner of [one, two, 8n])
    t.ok(setOwnedLock(file, owner, { type: F_UNLCK, start: 0, length: 0 }))
  t.ok(setOfdLock(file, { ...range, start: 0, length: 0 }))
  t.equal(open(), before, 'nothing is left open')
  for (const used of [file, other]) close(used)
  t.equal(
    codeOf(() => setOwnedLock(99_999, one, range)),
    'EBADF',
  )
})

t.test('a directory is read in pieces and continued by cookies', async (t) => {
  const { path, fd } = place(t)
  const names = Array.from({ length: 500 }, (_, index) => `name-${index}`)
  for (const name of names) writeFileSync(join(path, name), '')
  const directory = openat(fd, '.', O_RDONLY | O_DIRECTORY)
  t.teardown(() => close(directory))
  const records = new Uint8Array(4096)
  const seen: string[] = []
  const cookies: bigint[] = []
  for (
    let length = getdents64(directory, records);
    length > 0;
    length = getdents64(directory, records)
  ) {
    for (const { name, cookie } of parseDirents(records, length)) {
      seen.push(name.toString())
      cookies.push(cookie)
    }
  }
  t.same(seen.sort(), ['.', '..', ...names].sort())
  seekdir(directory, cookies[249] as bigint)
  const rest: string[] = []
  for (
    let length = getdents64(directory, records);
    length > 0;
    length = getdents64(directory, records)
  )
    for (const { name } of parseDirents(records, length)) rest.push(name.toString())
  t.equal(rest.length, 502 - 250)
  t.equal(
    codeOf(() => getdents64(directory, new Uint8Array(8))),
    '',
    'at its end',
  )
  seekdir(directory, 0)
  t.equal(
    codeOf(() => getdents64(directory, new Uint8Array(8))),
    'EINVAL',
  )
})

t.test('ioctl fills its data', async (t) => {
  const { fd } = place(t)
  const FIONREAD = 0x541b
  const file = openat(fd, 'file', O_CREAT | O_RDWR, 0o600)
  pwrite(file, Buffer.from('12345'), 0)
  const data = new Int32Array(1)
  ioctl(file, FIONREAD, new Uint8Array(data.buffer))
  t.equal(data[0], 5)
  t.equal(
    codeOf(() => ioctl(file, 0x12345678, new Uint8Array(4))),
    'ENOTTY',
  )
  close(file)
})
