// Requests as large as the kernel makes them: direct reads and writes of 1 MiB in one piece each, and sequential reads
// that are read ahead of in large ones.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import t from 'tap'
import { whyNoMounts } from '../support/mount-environment.js'
import { testMount, withMount } from '../support/mount-test.js'
import type { Mounted, MountRequest } from '../support/mounted.js'

const LARGE = new URL('./filesystems/large.js', import.meta.url)
const PAGES_LIMIT = '/proc/sys/fs/fuse/max_pages_limit'
const MIB = 2 ** 20
const PAGE = 4096

interface Transfer {
  readonly event: 'read' | 'write'
  readonly position: number
  readonly size: number
}

/**
 * O_DIRECT: a MiB is read to, and written from, memory that begins argv[2] bytes into a page, at 4 MiB; prints whether
 * the bytes are those of the place.
 */
const DIRECT = `
import ctypes, mmap, os, struct, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_DIRECT)
within = int(sys.argv[2])
memory = mmap.mmap(-1, 2**20 + 4096)
there = memoryview(memory)[within:within + 2**20]
print(os.preadv(fd, [there], 2**22), os.pwritev(fd, [there], 2**22))
print(there == struct.pack('<%dI' % 2**18, *range(2**22, 2**22 + 2**20, 4)))
`

async function transferDirect(mounted: Mounted, within: number): Promise<Transfer[]> {
  const before = mounted.events().length
  const file = mounted.path('file')
  const told = await mounted.run('python3', ['-c', DIRECT, file, String(within)])
  if (told !== `${MIB} ${MIB}\nTrue\n`) throw new Error(`the client says ${told}`)
  return mounted.events<Transfer>().slice(before)
}

const whole = (event: Transfer['event']): Transfer => ({ event, position: 4 * MIB, size: MIB })

for (const own of [false, true]) {
  for (const workers of [1, 4]) {
    const how = `${workers} workers, ${own ? 'by buffers of the handler' : 'in place'}`
    testMount(
      `a direct MiB is one read and one write: ${how}`,
      { filesystem: LARGE, workers, set: { own } },
      async (t, mounted) => {
        const { parameters } = await mounted.status()
        t.equal(parameters.maxWrite, MIB)
        t.ok(parameters.maxPages >= 256)
        t.same(await transferDirect(mounted, 0), [whole('read'), whole('write')])
      },
    )
  }
}

/** Mounts while the kernel's limit of pages is another: it is read when a connection is made. */
async function withPagesLimit(
  t: Test,
  limit: number,
  request: MountRequest,
  body: (t: Test, mounted: Mounted) => Promise<void>,
): Promise<void> {
  const before = readFileSync(PAGES_LIMIT, 'utf8')
  const restore = (): void => writeFileSync(PAGES_LIMIT, before)
  writeFileSync(PAGES_LIMIT, String(limit))
  try {
    await withMount(t, request, async (t, mounted) => {
      restore()
      await body(t, mounted)
    })
  } finally {
    restore()
  }
}

const skip = whyNoMounts() || (!existsSync(PAGES_LIMIT) && 'this kernel has a fixed limit of pages')

t.test(
  'memory that begins within a page needs one more: where it may be had',
  { skip },
  async (t) => {
    for (const [limit, pages] of [
      [256, 256],
      [300, 257],
    ] as const) {
      await withPagesLimit(t, limit, { filesystem: LARGE, workers: 2 }, async (t, mounted) => {
        t.equal((await mounted.status()).parameters.maxPages, pages)
        const transfers = await transferDirect(mounted, 512)
        if (pages === 257) {
          t.same(transfers, [whole('read'), whole('write')])
        } else {
          const sizes = [MIB - 512, 512]
          t.same(
            transfers.map(({ size }) => size).sort(),
            [...sizes, ...sizes].sort(),
            'cut in two',
          )
        }
        t.equal(mounted.daemon.log, '')
      })
    }
  },
)

testMount(
  'sequential reads are read ahead of, in large requests',
  { filesystem: LARGE, workers: 4 },
  async (t, mounted) => {
    const order = [`if=${mounted.path('file')}`, 'of=/dev/null', 'bs=64k', 'count=512']
    await mounted.run('dd', order)
    const reads = mounted.events<Transfer>()
    const sizes = reads.map(({ size }) => size)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    t.ok(total >= 512 * 65536, 'all of it was read')
    t.equal(Math.max(...sizes), MIB, 'as large as requests may be')
    // The window grows from small requests on: most of the bytes come in large ones.
    const large = sizes.filter((size) => size >= MIB / 2).reduce((sum, size) => sum + size, 0)
    t.ok(large >= 0.9 * total, `${large} of ${total} bytes came in large reads`)
    t.ok(sizes.every((size) => size % PAGE === 0))
    t.equal(mounted.daemon.log, '')
  },
)

testMount(
  'a limit of the mount’s own is the read-ahead, also a smaller one',
  { filesystem: LARGE, workers: 2, limits: { maxReadahead: 65536 } },
  async (t, mounted) => {
    await mounted.run('dd', [`if=${mounted.path('file')}`, 'of=/dev/null', 'bs=16k', 'count=256'])
    const sizes = mounted.events<Transfer>().map(({ size }) => size)
    t.ok(Math.max(...sizes) <= 65536, `the largest was ${Math.max(...sizes)}`)
  },
)
