// What the kernel asks on its own behalf, before a write and for poll(2), and how few of these questions a filesystem has to
// answer.

import { testMount } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/recorded-calls.js', import.meta.url)

const WRITES = 20

interface Call {
  readonly event: string
  readonly name?: string
}

const WRITE = `
import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY)
for turn in range(int(sys.argv[2])): os.pwrite(fd, b'w', 0)
`

/** How often it was asked for security.capability while a client wrote. */
async function asked(mounted: Mounted): Promise<number> {
  await mounted.run('python3', ['-c', WRITE, mounted.path('file'), `${WRITES}`])
  const names = mounted.events<Call>().filter(({ event }) => event === 'getxattr')
  return names.filter(({ name }) => name === 'security.capability').length
}

/** RELEASE comes some time after close(2). */
const allReleased = (mounted: Mounted) => waitUntil('nothing waits', () => mounted.waiting === 0)

/** Requests of a client's writes, its open and close among them. */
async function requests(mounted: Mounted): Promise<number> {
  await allReleased(mounted)
  const before = (await mounted.status()).counters.requests
  await mounted.run('python3', ['-c', WRITE, mounted.path('file'), `${WRITES}`])
  return (await mounted.status()).counters.requests - before
}

testMount(
  'before each write the kernel asks for the capabilities of the file',
  { filesystem, workers: 1, set: { xattrs: true } },
  async (t, mounted) => {
    t.equal(await asked(mounted), WRITES)
  },
)

testMount(
  'once a file with HANDLE_KILLPRIV_V2',
  { filesystem, workers: 1, set: { xattrs: true, killpriv: true } },
  async (t, mounted) => {
    t.equal(await asked(mounted), 1)
  },
)

testMount('and once a mount without getxattr', { filesystem, workers: 1 }, async (t, mounted) => {
  await requests(mounted)
  // LOOKUP, OPEN, FLUSH, RELEASE, and GETATTR perhaps.
  const besides = (await requests(mounted)) - WRITES
  t.ok(besides <= 6, `${besides} requests besides the writes`)
})

const POLL = `
import os, select, sys
fd = os.open(sys.argv[1], os.O_RDWR)
poll = select.poll()
poll.register(fd)
for turn in range(int(sys.argv[2])): print(*(events for _, events in poll.poll()))
`

testMount(
  'without poll every file is ready, and the kernel asks once',
  { filesystem, workers: 1 },
  async (t, mounted) => {
    const poll = (turns: number): Promise<string> =>
      mounted.run('python3', ['-c', POLL, mounted.path('file'), `${turns}`])
    // POLLIN | POLLOUT.
    t.equal(await poll(1), '5\n')
    await allReleased(mounted)
    const before = (await mounted.status()).counters.requests
    t.equal(await poll(WRITES), '5\n'.repeat(WRITES))
    const count = (await mounted.status()).counters.requests - before
    t.ok(count <= 6, `${count} requests for ${WRITES} polls`)
  },
)
