// Offsets about 2^31, 2^32, 2^53 and 2^63 through the loopback: results and errors are those of the directory beneath.
// Beneath is what the machine's tmp directory is, and tmpfs, whose files may be as long as an offset can tell.

import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { testMount } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'

/** Prints one line per offset and call: what it gave, or its errno, and the size afterwards. */
const PROGRAM = `
import ctypes, errno, mmap, os, sys
os.chdir(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
page = mmap.mmap(-1, 4096); page.write(b'd' * 4096)
def fallocate(fd, mode, offset, length):
    if libc.fallocate(fd, mode, offset, length): raise OSError(ctypes.get_errno(), '')
with open('source', 'wb') as file: file.write(b'0123456789')
source = os.open('source', os.O_RDONLY)
try: os.close(os.open(sys.argv[2] + '/source', os.O_RDONLY | os.O_DIRECT)); with_direct = True
except OSError: with_direct = False
offsets = [2**31 - 3, 2**31, 2**32 - 3, 2**32, 2**53 - 3, 2**53 - 1, 2**53, 2**53 + 1, 2**63 - 4097, 2**63 - 2, 2**63 - 1]
def attempt(what, offset, call):
    try: result = call()
    except OSError as error: result = errno.errorcode[error.errno]
    except OverflowError: result = 'overflow'
    print(offset, what, result)
for offset in offsets:
    fd = os.open('file', os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    size = lambda: (os.fstat(fd).st_size, os.stat('file').st_size)
    os.write(fd, b'0123456789')
    attempt('read beyond the end', offset, lambda: os.pread(fd, 9, offset))
    attempt('write', offset, lambda: os.pwrite(fd, b'abcdef', offset))
    attempt('size', offset, size)
    attempt('read back', offset, lambda: os.pread(fd, 9, offset))
    attempt('read about it', offset, lambda: os.pread(fd, 9, offset - 3))
    attempt('seek to the end', offset, lambda: os.lseek(fd, 0, os.SEEK_END))
    attempt('truncate to nothing', offset, lambda: os.ftruncate(fd, 0))
    attempt('ftruncate', offset, lambda: os.ftruncate(fd, offset))
    attempt('size', offset, size)
    attempt('truncate', offset, lambda: os.truncate('file', offset - 1))
    attempt('size', offset, size)
    attempt('truncate to nothing', offset, lambda: os.ftruncate(fd, 0))
    attempt('fallocate', offset, lambda: fallocate(fd, 1, offset, 4096))
    attempt('posix_fallocate', offset, lambda: fallocate(fd, 0, offset - 4096, 4096))
    attempt('size', offset, size)
    attempt('truncate to nothing', offset, lambda: os.ftruncate(fd, 0))
    attempt('copy from there', offset, lambda: os.copy_file_range(source, fd, 4, offset, 0))
    attempt('copy', offset, lambda: os.copy_file_range(source, fd, 4, 2, offset))
    attempt('size', offset, size)
    attempt('copied', offset, lambda: os.pread(fd, 9, offset))
    attempt('seek data', offset, lambda: os.lseek(fd, offset, os.SEEK_DATA))
    os.close(fd)
    attempt('truncate', offset, lambda: os.truncate('file', 0))
    fd = os.open('file', os.O_RDWR | os.O_DIRECT) if with_direct else -1
    attempt('write directly', offset, lambda: os.pwritev(fd, [page], offset & ~4095))
    attempt('read directly', offset, lambda: os.preadv(fd, [page], offset & ~4095))
    attempt('size', offset, lambda: os.stat('file').st_size)
    if fd >= 0: os.close(fd)
os.unlink('file'); os.unlink('source')
`

/** Beneath may go on where this project's numbers end, at 2^53 - 1. What is refused there changes nothing. */
const isNear = (line: string): boolean => BigInt(line.split(' ')[0] ?? 0) < 2n ** 53n - 16n
const REFUSED =
  /^\d+ ((write( directly)?|f?truncate|(posix_)?fallocate|copy) EFBIG|size (\((10, 10|0, 0)\)|0)|(read (back|about it)|copied) b''|seek (to the end 10|data ENXIO)|(read directly|copy from there) 0)$/
/** A copy that begins before the end of the numbers is cut there. */
const CUT = /^\d+ (copy [0-2]|copied b'23'|size \(9007199254740991, 9007199254740991\))$/

async function compare(t: Test, mounted: Mounted, source: string): Promise<void> {
  const lines = async (folder: string): Promise<string[]> =>
    (await mounted.run('python3', ['-c', PROGRAM, folder, source])).trim().split('\n')
  const beneath = await lines(source)
  const seen = await lines(mounted.mountpoint)
  t.equal(seen.length, beneath.length)
  t.same(seen.filter(isNear), beneath.filter(isNear))
  for (const [index, line] of seen.entries())
    if (!isNear(line) && line !== beneath[index] && !CUT.test(line)) t.match(line, REFUSED, line)
  t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
}

testMount(
  'results at far offsets are those of the directory beneath',
  { filesystem: 'loopback' },
  (t, mounted) => compare(t, mounted, mounted.source),
)

const memory = mkdtempSync('/dev/shm/fuseloop-')
t.teardown(() => rmSync(memory, { recursive: true, force: true }))

testMount(
  'on tmpfs too, and what is beyond 2^53 - 1 is refused, not rounded',
  { filesystem: 'loopback', set: { source: memory } },
  async (t, mounted) => {
    await compare(t, mounted, memory)
    await mounted.run('truncate', ['-s', '9007199254740993', join(memory, 'long')])
    const size = await mounted.run('stat', ['-c', '%s', mounted.path('long')])
    t.equal(size, '9007199254740993\n', 'a size that only a bigint holds')
  },
)
