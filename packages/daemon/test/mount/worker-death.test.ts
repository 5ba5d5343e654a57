// Workers that die or are held, on the machine's kernel, also while the thread that mounted is blocked.

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import t from 'tap'
import { keepMainBusy } from '../support/busy-main.js'
import { outcomeOf } from '../support/client-process.js'
import { makePlace } from '../support/mount-place.js'
import { testMount, testWorkers } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import type { Tools } from '../support/sent-function.js'
import { waitUntil, within } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/dying.js', import.meta.url)
/** In a client process: what a read gives, its text or the code that it fails with. */
function readCall({ fs }: Tools, path: string): string {
  try {
    const buffer = Buffer.alloc(10)
    return buffer.toString('utf8', 0, fs.readSync(fs.openSync(path, 'r'), buffer))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

function readIn(mounted: Mounted, name: string): Promise<string> {
  return mounted.call(readCall, mounted.path(name))
}

testWorkers(
  'a worker dies while main is blocked: EIO at once, and the other serves',
  { filesystem, workers: 2 },
  async (t, mounted) => {
    const setFree = await keepMainBusy(mounted)
    t.equal(await readIn(mounted, 'exit'), 'EIO')
    t.match(await readIn(mounted, 'other'), /^[01]/)
    setFree()
    await waitUntil('the dead worker is replaced', async () => {
      const { workers } = await mounted.status()
      return workers.every(({ alive }) => alive) && workers.some(({ restarts }) => restarts === 1)
    })
  },
)

testMount(
  'without a live worker and with main blocked requests get EIO after a while',
  { filesystem, workers: 1 },
  async (t, mounted) => {
    const setFree = await keepMainBusy(mounted)
    t.equal(await readIn(mounted, 'exit'), 'EIO')
    t.equal(await readIn(mounted, 'other'), 'EIO')
    setFree()
    await waitUntil('a worker serves again', async () => (await mounted.status()).workers[0]?.alive)
    t.match(await readIn(mounted, 'other'), /^0/)
  },
)

const root = makePlace()
t.teardown(() => rmSync(root, { recursive: true, force: true }))
const fifo = `${root}/fifo`
execFileSync('mkfifo', [fifo])

testMount(
  'a thread that libuv does not let go is left behind: the mount ends, and so does the process',
  { filesystem, workers: 2, root, set: { fifo } },
  async (t, mounted) => {
    const reading = mounted.startCall(readCall, mounted.path('pool'))
    await waitUntil('it reads', () =>
      mounted.events<{ event: string }>().some(({ event }) => event === 'reading'),
    )
    t.match(await readIn(mounted, 'other'), /^[01]/, 'others are served')
    await mounted.inDaemon(({ session }) => session.abort())
    t.equal((await mounted.daemon.closed).reason, 'aborted')
    t.match(outcomeOf(await reading.ended), /ECONNABORTED|ENOTCONN/)
    const end = await within('the process ends', mounted.daemon.ended, 60_000)
    t.same(end, { code: 0, signal: null })
    t.match(mounted.daemon.log, /its thread is left behind/)
  },
)
