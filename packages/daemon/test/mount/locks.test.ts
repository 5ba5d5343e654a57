// Locks of real processes on a mount whose locks the framework keeps: fcntl(2), flock(2), and programs that use them.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { LockClient } from '../support/lock-client.js'
import { testMount, testMountInAllLoops } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const SESSION = { filesystem: 'loopback', locks: 'session' } as const

/** Three that have the file open. */
async function clients(mounted: Mounted): Promise<[LockClient, LockClient, LockClient]> {
  writeFileSync(join(mounted.source, 'f'), '')
  const started = [1, 2, 3].map(() => new LockClient(mounted, 'f'))
  for (const client of started) await client.do('ready')
  return started as [LockClient, LockClient, LockClient]
}

/** Begins to wait; once it is parked, as one of so many, its answer can be asked for. */
async function parked(mounted: Mounted, client: LockClient, command: string, waiting = 1) {
  const number = client.begin(command)
  const isParked = async () => (await mounted.status()).locks.waiting === waiting
  await waitUntil(`${command} waits`, isParked)
  return { answer: async () => await client.answer(number) }
}

testMountInAllLoops('processes keep each other off', SESSION, async (t, mounted) => {
  const [one, two] = await clients(mounted)
  t.equal(await one.do('lock write 10 10'), 'ok')
  t.equal(await two.do('lock read 19 1'), 'EAGAIN')
  t.equal(await two.do('test read 0 0'), `write 10 10 ${one.pid}`)
  t.equal(await two.do('lock write 20 0'), 'ok')
  t.equal(await one.do('test write 0 0'), `write 20 0 ${two.pid}`, 'to the end of the file')
  t.equal(await one.do('lock unlock 12 3'), 'ok')
  t.equal(await two.do('lock write 12 3'), 'ok', 'a hole')
  t.equal(await two.do('test read 0 0'), `write 10 2 ${one.pid}`)
  t.equal(await one.do('flock write'), 'ok', 'flock knows nothing of ranges')
  t.equal(await two.do('flock read'), 'EAGAIN')
})

testMountInAllLoops('offsets up to 2^63-1 are exact', SESSION, async (t, mounted) => {
  const [one, two] = await clients(mounted)
  for (const place of [2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n]) {
    t.equal(await one.do(`lock write ${place} 1`), 'ok')
    t.equal(await two.do(`lock write ${place} 1`), 'EAGAIN', `${place}`)
    t.equal(await two.do(`lock write ${place - 1n} 1`), 'ok', `beside ${place}`)
    // The kernel tells a lock of the last byte as one to the end of the file: length 0.
    const length = place === 2n ** 63n - 1n ? 0 : 1
    t.equal(await two.do(`test read ${place} 1`), `write ${place} ${length} ${one.pid}`)
    await one.do('lock unlock')
    await two.do('lock unlock')
  }
})

testMountInAllLoops(
  'who waits is served in turn, as locks are let go',
  SESSION,
  async (t, mounted) => {
    const [one, two, three] = await clients(mounted)
    await one.do('lock write')
    const second = await parked(mounted, two, 'wait write')
    const third = await parked(mounted, three, 'wait write 5 5', 2)
    await one.do('lock unlock')
    t.equal(await second.answer(), 'ok')
    t.equal(mounted.waiting, 1)
    await two.do('lock unlock')
    t.equal(await third.answer(), 'ok')
    await three.do('flock write')
    const flock = await parked(mounted, one, 'flockwait read')
    await three.do('flock unlock')
    t.equal(await flock.answer(), 'ok')
  },
)

testMountInAllLoops('a signal ends the waiting', SESSION, async (t, mounted) => {
  const [one, two, three] = await clients(mounted)
  await one.do('lock write')
  await one.do('flock write')
  for (const command of ['wait read', 'flockwait read']) {
    const waiting = await parked(mounted, two, command)
    two.process.kill('SIGUSR1')
    t.equal(await waiting.answer(), 'interrupted', command)
    await waitUntil('nobody waits', () => mounted.waiting === 0)
  }
  await parked(mounted, three, 'wait read')
  three.process.kill('SIGKILL')
  t.equal((await three.process.ended).signal, 'SIGKILL')
  await waitUntil('nobody waits', () => mounted.waiting === 0)
  await one.do('lock unlock')
  t.equal(await two.do('lock write'), 'ok', 'nothing was granted to the dead')
})

testMountInAllLoops('who is killed or exits lets go', SESSION, async (t, mounted) => {
  const [killed, exiting, third] = await clients(mounted)
  await killed.do('lock write')
  await killed.do('flock write')
  const next = await parked(mounted, exiting, 'wait write')
  killed.process.kill('SIGKILL')
  t.equal(await next.answer(), 'ok')
  t.equal(await exiting.do('flockwait write'), 'ok')
  const last = await parked(mounted, third, 'wait write')
  await exiting.end()
  t.equal(await last.answer(), 'ok')
  t.equal(await third.do('flockwait write'), 'ok')
})

testMountInAllLoops(
  'a closed duplicate ends POSIX locks, not flock',
  SESSION,
  async (t, mounted) => {
    const [one, two] = await clients(mounted)
    await one.do('lock write')
    await one.do('flock write')
    await one.do('dup')
    await one.do('close')
    t.equal(await two.do('lock write'), 'ok', 'any close of the file does: fcntl(2)')
    t.equal(await two.do('flock write'), 'EAGAIN', 'the description lives on')
  },
)

testMountInAllLoops('a forked child keeps flock, not POSIX locks', SESSION, async (t, mounted) => {
  const [one, two] = await clients(mounted)
  await one.do('lock write')
  await one.do('flock write')
  const child = Number(await one.do('fork'))
  one.process.kill('SIGKILL')
  t.equal(await two.do('wait write'), 'ok')
  t.equal(await two.do('flock write'), 'EAGAIN', 'the child has the description')
  const waiting = await parked(mounted, two, 'flockwait write')
  process.kill(child)
  t.equal(await waiting.answer(), 'ok')
})

testMountInAllLoops('a circle of waiting is found', SESSION, async (t, mounted) => {
  const [one, two] = await clients(mounted)
  await one.do('lock write 1 1')
  await two.do('lock write 2 1')
  const waiting = await parked(mounted, one, 'wait write 2 1')
  t.equal(await two.do('wait write 1 1'), 'EDEADLK')
  await two.do('lock unlock')
  t.equal(await waiting.answer(), 'ok')
})

testMount(
  'a deadline of setlk is one of waiting too',
  { ...SESSION, workers: 2, timeouts: { setlk: 300 } },
  async (t, mounted) => {
    const [one, two, three] = await clients(mounted)
    await one.do('lock write')
    const waiting = [two.begin('wait write'), three.begin('wait read')] as const
    t.equal(await two.answer(waiting[0]), 'ETIMEDOUT')
    t.equal(await three.answer(waiting[1]), 'ETIMEDOUT')
    await waitUntil('nobody waits', () => mounted.waiting === 0)
    await one.do('lock unlock')
    t.equal(await two.do('wait write'), 'ok')
  },
)

testMount(
  'many who wait hold up nobody else, with one worker',
  { ...SESSION, loop: 'multi', workers: 1 },
  async (t, mounted) => {
    const [holder] = await clients(mounted)
    await holder.do('lock write')
    // Far more than there are slots: threads of one process, each with a description of its own.
    const waiters = 400
    const { transport } = await mounted.status()
    const most = transport === 'uring' ? MOST_ON_URING : waiters
    const program = ['-c', MANY, mounted.path('f'), `${waiters}`, `${waiters - most}`]
    await holder.do('flock write')
    const many = mounted.start('python3', program, { deadlineMs: 120_000 })
    await waitUntil('all wait', async () => (await mounted.status()).locks.waiting === most)
    await many.printed('refused')
    t.equal((await mounted.status()).locks.held, 2)
    t.equal(await mounted.run('ls', [mounted.mountpoint]), 'f\n')
    await mounted.run('sh', ['-c', 'echo text > "$0"', mounted.path('g')])
    t.equal(await mounted.run('cat', [mounted.path('g')]), 'text\n')
    await holder.do('flock unlock')
    t.equal((await many.ended).stdout, `refused\n${most}\n`, 'each got it in the end')
    await waitUntil('nobody waits', () => mounted.waiting === 0)
  },
)

/** Who waits keeps an entry; more are refused with ENOLCK. */
const MOST_ON_URING = 192

const MANY = `
import errno, fcntl, os, sys, threading
got = []
refused = []
one_by_one = threading.Lock()
most_refused = int(sys.argv[3])
threading.stack_size(65536)
def wait():
    fd = os.open(sys.argv[1], os.O_RDWR)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
    except OSError as error:
        assert error.errno == errno.ENOLCK
        with one_by_one:
            refused.append(fd)
            if len(refused) == most_refused: print('refused', flush=True)
        return
    got.append(fd)
    fcntl.flock(fd, fcntl.LOCK_UN)
threads = [threading.Thread(target=wait) for _ in range(int(sys.argv[2]))]
for thread in threads: thread.start()
if most_refused == 0: print('refused', flush=True)
for thread in threads: thread.join()
print(len(got), flush=True)
`

async function count(t: Test, mounted: Mounted): Promise<void> {
  writeFileSync(join(mounted.source, 'counter'), '0')
  const loop =
    'for i in $(seq 25); do flock "$0" sh -c \'echo $(($(cat "$0") + 1)) > "$0"\' "$0"; done'
  const runs = Array.from({ length: 4 }, () =>
    mounted.run('sh', ['-c', loop, mounted.path('counter')]),
  )
  await Promise.all(runs)
  t.equal((await mounted.run('cat', [mounted.path('counter')])).trim(), '100')
}

testMountInAllLoops('util-linux flock makes four shells take turns', SESSION, count)

testMount(
  "without the option the kernel keeps this mount's locks",
  { filesystem: 'loopback', workers: 2 },
  async (t, mounted) => {
    const [one, two] = await clients(mounted)
    await one.do('lock write')
    t.equal(await two.do('lock write'), 'EAGAIN')
    t.equal(mounted.waiting, 0)
    const waiting = two.begin('wait write')
    await one.do('lock unlock')
    t.equal(await two.answer(waiting), 'ok')
    const { parameters } = await mounted.status()
    t.notOk(parameters.granted.includes('POSIX_LOCKS'))
    await count(t, mounted)
  },
)
