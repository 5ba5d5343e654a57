// FUSE over io_uring on the machine's kernel: every CPU's clients are served, and nobody waits behind a stuck handler.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import t from 'tap'
import type { ClientProcess } from '../support/client-process.js'
import { openGate } from '../support/gate.js'
import { whyNoMounts } from '../support/mount-environment.js'
import { withMount } from '../support/mount-test.js'
import type { Mounted, MountRequest } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const gated = new URL('./filesystems/gated.js', import.meta.url)
const SWITCH = '/sys/module/fuse/parameters/enable_uring'

function readSwitch(): string | undefined {
  try {
    return readFileSync(SWITCH, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** Mounts that begin while `body` runs find it so: this file runs alone (CONTRIBUTING.md). */
async function withSwitch(value: 'Y' | 'N', body: () => Promise<void>): Promise<void> {
  const before = readSwitch() ?? 'N'
  writeFileSync(SWITCH, value)
  try {
    await body()
  } finally {
    writeFileSync(SWITCH, before)
  }
}

const skip =
  whyNoMounts() || (readSwitch() === undefined ? 'this kernel has no FUSE over io_uring' : false)

function testUring(
  name: string,
  request: MountRequest,
  body: (t: Tap, mounted: Mounted) => Promise<void>,
): void {
  void t.test(name, { skip, timeout: 200_000 }, (t) =>
    withSwitch('Y', () => withMount(t, { transport: 'uring', ...request }, body)),
  )
}
type Tap = Parameters<Parameters<typeof withMount>[2]>[0]

const CPUS = Array.from({ length: availableParallelism() }, (_, cpu) => String(cpu))

for (const workers of [1, 3]) {
  testUring(
    `clients of every CPU are served by ${workers} of workers`,
    { filesystem: 'hello', workers },
    async (t, mounted) => {
      const { transport, parameters, headOfLineBlocking } = await mounted.status()
      t.equal(transport, 'uring')
      t.ok(parameters.granted.includes('OVER_IO_URING'))
      t.equal(headOfLineBlocking, workers === 1)
      for (const cpu of CPUS) {
        const text = await mounted.run('taskset', ['-c', cpu, 'cat', mounted.path('hello')])
        t.equal(text, 'hello\n', `a client on CPU ${cpu}`)
      }
    },
  )
}

testUring(
  'what the kernel has given to a worker that is stuck goes to others',
  { filesystem: gated, workers: 4 },
  async (t, mounted) => {
    // On one CPU, so that its workers, half of all, have to do with all of them.
    const pinned = (...line: string[]): [string, string[]] => ['taskset', ['-c', '0', ...line]]
    const stuck = mounted.start(...pinned('cat', mounted.path('blocks')))
    await waitUntil('its handler blocks', () => mounted.events().length > 0)
    for (let round = 0; round < 12; round += 1)
      await mounted.run(...pinned('cat', mounted.path('good')))
    t.ok(stuck.isRunning, 'twelve were answered while the handler blocked')
    openGate(mounted, 'blocks')
    t.equal((await stuck.ended).code, 0)
  },
)

testUring(
  'handlers that wait leave room for others, however many',
  { filesystem: gated, workers: 2 },
  async (t, mounted) => {
    const many = Array.from({ length: 60 }, () => mounted.start('cat', [mounted.path('waits')]))
    await waitUntil('all wait', () => mounted.events().length === many.length)
    t.match(await mounted.run('ls', [mounted.mountpoint]), /good/)
    openGate(mounted, 'waits')
    const ends = await Promise.all(many.map(({ ended }) => ended))
    t.ok(
      ends.every(({ code }) => code === 0),
      'each is answered in the end',
    )
  },
)

/** read(2) of the thread that reads the device, as the kernel counts them. */
function readsOfReader(pid: number): number {
  const tasks = `/proc/${pid}/task`
  const reader = readdirSync(tasks).find(
    (thread) => readFileSync(`${tasks}/${thread}/comm`, 'utf8').trim() === 'fuse-reader',
  )
  const [, count] = /^syscr: (\d+)$/m.exec(readFileSync(`${tasks}/${reader}/io`, 'utf8')) ?? []
  return Number(count)
}

testUring(
  'forgotten nodes are read together, every 2 ms at most',
  { filesystem: 'loopback', workers: 1 },
  async (t, mounted) => {
    const { pid } = mounted.daemon
    const before = { reads: readsOfReader(pid), at: performance.now() }
    await mounted.call(({ fs }, path) => {
      for (let cycle = 0; cycle < 3000; cycle += 1) {
        fs.writeFileSync(path, '')
        fs.unlinkSync(path)
      }
    }, mounted.path('file'))
    await waitUntil(
      'all are forgotten',
      async () => (await mounted.status()).counters.forgets >= 3000,
    )
    const reads = readsOfReader(pid) - before.reads
    // One that brings them and one that finds nothing more.
    const most = performance.now() - before.at + 100
    t.ok(reads > 0 && reads < most, `${reads} reads, ${most} at most`)
  },
)

/** So many that have a file open, and read it when the process is told to. */
async function readers(
  mounted: Mounted,
  file: string,
  count: number,
  cpu = '0',
): Promise<ClientProcess> {
  const line = ['-c', cpu, 'python3', '-c', READERS, mounted.path(file), `${count}`]
  const process = mounted.start('taskset', line)
  await process.printed('ready')
  return process
}

const READERS = `
import os, signal, sys, threading
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
files = [os.open(sys.argv[1], os.O_RDONLY) for _ in range(int(sys.argv[2]))]
texts = []
threading.stack_size(65536)
def read(fd):
    texts.append(os.pread(fd, 16, 0))
threads = [threading.Thread(target=read, args=(fd,)) for fd in files]
print('ready', flush=True)
signal.sigwait({signal.SIGUSR1})
for thread in threads: thread.start()
for thread in threads: thread.join()
assert texts == [b'text'] * len(files)
`

/** Far more than a CPU has entries at the start. */
const BURST = 64

/** While the last of a burst waits in the kernel, behind all others and before any that might help it. */
async function lastOfBurst(mounted: Mounted, many: ClientProcess, before = 0) {
  many.kill('SIGUSR1')
  const waiting = async (count: number) =>
    await waitUntil(`${count} wait`, () => (mounted.waiting ?? 0) >= before + count)
  await waiting(BURST)
  const last = mounted.start('taskset', ['-c', '0', 'stat', mounted.path('good')])
  await waiting(BURST + 1)
  return last
}

async function isServedFirst(t: Tap, mounted: Mounted, last: ClientProcess): Promise<void> {
  t.equal((await last.ended).code, 0, 'while none of the others is answered')
  openGate(mounted, 'waits')
}

testUring(
  'a burst of more requests than a CPU has entries does not wait in the kernel',
  { filesystem: gated, workers: 2 },
  async (t, mounted) => {
    const many = await readers(mounted, 'waits', BURST)
    process.kill(mounted.daemon.pid, 'SIGSTOP')
    const last = await lastOfBurst(mounted, many)
    process.kill(mounted.daemon.pid, 'SIGCONT')
    await isServedFirst(t, mounted, last)
    t.equal((await many.ended).code, 0, 'each is answered in the end')
  },
)

testUring(
  'nor one that has come while the only worker was stuck',
  { filesystem: gated, workers: 1 },
  async (t, mounted) => {
    const many = await readers(mounted, 'waits', BURST)
    // Not on theirs, where its answer would help them.
    const stuck = await readers(mounted, 'blocks', 1, CPUS.at(-1))
    stuck.kill('SIGUSR1')
    await waitUntil('its handler blocks', () => mounted.events().length > 0)
    const last = await lastOfBurst(mounted, many, 1)
    openGate(mounted, 'blocks')
    await isServedFirst(t, mounted, last)
    t.equal((await many.ended).code, 0, 'each is answered in the end')
  },
)

void t.test('without the switch auto falls back and says why', { skip, timeout: 200_000 }, (t) =>
  withSwitch('N', () =>
    withMount(t, { filesystem: 'hello', workers: 4, transport: 'auto' }, async (t, mounted) => {
      const { transport, transports } = await mounted.status()
      t.equal(transport, 'direct')
      t.match(transports.uring, /enable_uring/)
      t.equal(await mounted.run('cat', [mounted.path('hello')]), 'hello\n')
    }),
  ),
)

void t.test(
  'without the switch a mount that insists on it fails',
  { skip, timeout: 200_000 },
  (t) =>
    withSwitch('N', async () => {
      const request = { filesystem: 'hello', workers: 4, transport: 'uring' } as const
      await t.rejects(
        withMount(t, request, async () => undefined),
        { message: /transport uring cannot be had: .*enable_uring/ },
      )
    }),
)
