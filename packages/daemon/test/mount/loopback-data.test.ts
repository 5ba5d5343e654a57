// Bytes through the loopback: direct, mapped, far away, appended, between processes: as on the filesystem beneath.

import { testAsBeneath } from '../support/as-beneath.js'

testAsBeneath('O_DIRECT, O_APPEND, O_SYNC and far offsets', {
  passes: true,
  script: `
page = mmap.mmap(-1, 8192); page.write(b'd' * 8192)
fd = os.open('direct', os.O_CREAT | os.O_RDWR | os.O_DIRECT, 0o600)
tell(os.writev(fd, [page]), os.preadv(fd, [page], 4096), os.fstat(fd).st_size)
os.close(fd)
tell(read('direct') == 'd' * 8192)
a, b = (os.open('appended', os.O_CREAT | os.O_WRONLY | os.O_APPEND) for _ in range(2))
for text in [b'one ', b'two ', b'three']: os.write(a, text); os.write(b, b'- ')
tell(read('appended'), fcntl.fcntl(a, fcntl.F_GETFL) & os.O_APPEND != 0)
fd = os.open('far', os.O_CREAT | os.O_RDWR | os.O_SYNC, 0o600)
for offset in [2**31 - 1, 2**31, 2**32, 2**42]:
    tell(os.pwrite(fd, b'far', offset), os.pread(fd, 4, offset), os.fstat(fd).st_size)
for offset in [2**53 - 1, 2**53 + 1, 2**63 - 1]:
    tell(attempt(os.pwrite, fd, b'x', offset), attempt(os.ftruncate, fd, offset))
tell(os.fstat(fd).st_size, attempt(os.pread, fd, 1, 2**42 + 3), attempt(os.pread, fd, 1, 2**53 + 1))
`,
  seen: [[8192, 4096, 8192], [true], ['one - two - three- ', true], [3, '666172', 2 ** 31 + 2]],
})

testAsBeneath('O_APPEND is taken off an open file', {
  script: `
fd = os.open('appended', os.O_CREAT | os.O_WRONLY | os.O_APPEND)
os.write(fd, b'one '); os.write(fd, b'two')
fcntl.fcntl(fd, fcntl.F_SETFL, 0); os.pwrite(fd, b'ONE', 0)
tell(read('appended'))
`,
  seen: [['ONE two']],
  // docs/passthrough.md: the kernel's own open of the backing file keeps the flag.
  passes: false,
})

testAsBeneath('two processes that map a file see each other at once, and what is written', {
  passes: true,
  script: `
make('file', 'x' * 8192)
fd = os.open('file', os.O_RDWR)
shared = mmap.mmap(fd, 8192)
def there():
    other = os.open('file', os.O_RDWR)
    mapped = mmap.mmap(other, 8192)
    seen = [mapped[:5].decode(), os.pread(other, 5, 0).decode()]
    mapped[4096:4101] = b'child'
    os.pwrite(other, b'wrote', 100)
    return seen
shared[:5] = b'first'
tell(as_user(0, 0, [], there))
tell(shared[4096:4101].decode(), shared[100:105].decode(), os.pread(fd, 5, 4096).decode())
shared.flush(); os.fsync(fd)
os.ftruncate(fd, 4096); tell(os.fstat(fd).st_size)
private = mmap.mmap(fd, 4096, mmap.MAP_PRIVATE); private[:5] = b'own..'
tell(shared[:5].decode(), read('file')[:5])
`,
  seen: [[['first', 'first']], ['child', 'wrote', 'child'], [4096], ['first', 'first']],
})

testAsBeneath('holes are made, found and kept, and ranges are copied', {
  passes: true,
  script: `
fd = os.open('sparse', os.O_CREAT | os.O_RDWR, 0o600)
os.pwrite(fd, b'x' * 65536, 0); os.pwrite(fd, b'y' * 65536, 2**33)
seek = lambda offset, whence: attempt(os.lseek, fd, offset, whence)
tell(seek(0, os.SEEK_DATA), seek(0, os.SEEK_HOLE), seek(65536, os.SEEK_DATA), seek(2**33, os.SEEK_HOLE))
tell(seek(2**33 + 65536, os.SEEK_DATA), seek(2**40, os.SEEK_HOLE))
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
fallocate = lambda mode, offset, length: system_call('fallocate', fd, mode, offset, length)
tell(fallocate(3, 0, 65536), seek(0, os.SEEK_DATA), os.pread(fd, 2, 0))
tell(fallocate(16, 2**33, 4096), os.pread(fd, 2, 2**33), os.pread(fd, 1, 2**33 + 4096))
tell(fallocate(0, 2**34, 10), os.fstat(fd).st_size, fallocate(1, 2**35, 4096), os.fstat(fd).st_size)
tell(fallocate(2, 0, 1), fallocate(0, 0, 0), fallocate(0, -1, 5))
blocks = os.fstat(fd).st_blocks
os.posix_fallocate(fd, 0, 1 << 20); tell(os.fstat(fd).st_blocks - blocks)
make('from', '0123456789'); source = os.open('from', os.O_RDONLY)
to = os.open('to', os.O_CREAT | os.O_RDWR, 0o600)
tell(os.copy_file_range(source, to, 4, 2, 1), os.copy_file_range(source, to, 100, 0, 2**32), os.pread(to, 6, 0), os.pread(to, 20, 2**32))
tell(attempt(os.copy_file_range, source, to, 4, 10, 0), attempt(os.copy_file_range, to, source, 4), attempt(os.copy_file_range, to, to, 4, 0, 1))
tell(os.fsync(fd), os.fdatasync(fd), os.sync())
`,
  seen: [
    [0, 65_536, 2 ** 33, 2 ** 33 + 65_536],
    ['ENXIO', 'ENXIO'],
    [0, 2 ** 33, '0000'],
    [0, '0000', '79'],
    [0, 2 ** 34 + 10, 0, 2 ** 34 + 10],
    ['ENOTSUP', 'EINVAL', 'EINVAL'],
  ],
})

testAsBeneath('statx tells times of birth, lsattr and chattr flags', {
  script: `
libc.statx.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint, ctypes.c_char_p]
def birth(path):
    buffer = ctypes.create_string_buffer(256)
    assert libc.statx(-100, path, 0, 0xfff, buffer) == 0
    mask, = struct.unpack_from('<I', buffer, 0)
    return mask & 0x800 != 0, struct.unpack_from('<qI', buffer, 0x50)
make('one'); os.rename('one', 'two'); os.utime('two', (1, 1)); os.chmod('two', 0o600)
is_known, first = birth(b'two')
make('later')
tell(is_known, first[0] > 1, birth(b'two')[1] == first, birth(b'later')[1] >= first)
fd = os.open('two', os.O_RDONLY)
GETFLAGS, SETFLAGS = 0x80086601, 0x40086602
def flags(): return struct.unpack('<i', fcntl.ioctl(fd, GETFLAGS, b'\\0' * 4))[0]
before = flags()
# FS_NODUMP_FL 0x40, FS_APPEND_FL 0x20.
fcntl.ioctl(fd, SETFLAGS, struct.pack('<i', before | 0x60))
tell(flags() ^ before, attempt(os.open, 'two', os.O_WRONLY), attempt(os.unlink, 'two'))
for _ in range(2):
    with open('two', 'a') as file: file.write('appended ')
tell(read('two'))
fcntl.ioctl(fd, SETFLAGS, struct.pack('<i', before))
tell(flags() == before, attempt(fcntl.ioctl, fd, 0x80087777, b'\\0' * 8))
tell(as_user(77, 77, [], lambda: fcntl.ioctl(os.open('later', os.O_RDONLY), SETFLAGS, struct.pack('<i', 0x40))))
`,
  seen: [
    [true, true, true, true],
    [0x60, 'EPERM', 'EPERM'],
    ['appended appended '],
    [true, 'ENOTTY'],
    ['EPERM'],
  ],
})

testAsBeneath('signals do not make calls fail', {
  request: { workers: 1, cache: { entryTimeoutMs: 0, attributesTimeoutMs: 0 } },
  script: `
import signal
make('file')
def stormed():
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
    failed = set()
    for mode in range(1500):
        failed |= {system_call('access', b'file', 0), system_call('chmod', b'file', 0o600 + mode % 8), system_call('access', b'none', 0)}
    signal.setitimer(signal.ITIMER_REAL, 0)
    return sorted(map(str, failed))
children = []
for _ in range(4):
    readable, writable = os.pipe()
    if os.fork() == 0:
        os.write(writable, json.dumps(stormed()).encode())
        os._exit(0)
    os.close(writable); children.append(readable)
for readable in children:
    with os.fdopen(readable) as answer: tell(json.load(answer))
`,
  seen: [
    ['0', 'ENOENT'],
    ['0', 'ENOENT'],
  ].map((results) => [results]),
})
