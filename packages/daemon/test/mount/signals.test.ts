// SIGINT and SIGTERM unmount, and the process ends as the signal says; a second signal does not wait.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClientProcess } from '../support/client-process.js'
import { sessionEnd } from '../support/mount-end.js'
import { testMount, testMountInAllLoops } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil, within } from '../support/wait-until.js'

/** Of a process that has lost what was written. */
const EXIT_CODE_LOST = 74
const storing = new URL('./filesystems/storing.js', import.meta.url)
const blocking = new URL('./filesystems/blocking.js', import.meta.url)

/** A client with one file closed and another open, both written. */
async function startWriter(mounted: Mounted): Promise<ClientProcess> {
  const writer = mounted.startCall(async ({ fs }, folder) => {
    fs.writeFileSync(`${folder}/closed`, 'closed')
    const file = fs.openSync(`${folder}/open`, 'w')
    fs.writeSync(file, 'open')
    console.log('written')
    await new Promise((resolve) => process.stdin.once('end', resolve).resume())
  }, mounted.mountpoint)
  await writer.printed('written')
  return writer
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  testMountInAllLoops(
    `${signal} ends an unused mount at once`,
    { filesystem: 'hello' },
    async (t, mounted) => {
      await mounted.run('cat', [mounted.path('hello')])
      mounted.daemon.kill(signal)
      t.match(await sessionEnd(mounted), { reason: 'unmounted' }, 'nobody has to be waited for')
      t.same(
        await mounted.daemon.ended,
        { code: null, signal },
        'the process ends as the signal would have ended it',
      )
      t.notOk(mounted.isMounted, 'nothing is left mounted')
      t.equal(mounted.daemon.log, '', 'nor said')
    },
  )

  testMount(
    `${signal} while files are open for writing keeps what was written`,
    { filesystem: 'loopback', workers: 2 },
    async (t, mounted) => {
      const writer = await startWriter(mounted)
      mounted.daemon.kill(signal)
      await waitUntil('it leaves the tree', () => !mounted.isMounted)
      const end = await within('the end of the daemon', mounted.daemon.ended, 60_000)
      t.same(end, { code: null, signal })
      t.equal(readFileSync(join(mounted.source, 'closed'), 'utf8'), 'closed')
      t.equal(readFileSync(join(mounted.source, 'open'), 'utf8'), 'open')
      writer.endInput()
      await writer.ended
    },
  )
}

testMount(
  'a signal waits for the last user of the mount, whom it goes on serving',
  { filesystem: 'loopback', workers: 2 },
  async (t, mounted) => {
    const writer = await startWriter(mounted)
    mounted.daemon.kill('SIGTERM')
    await waitUntil('it leaves the tree', () => !mounted.isMounted)
    writer.endInput()
    t.equal((await writer.ended).code, 0, 'the client closes its file without an error')
    t.match(await sessionEnd(mounted), { reason: 'unmounted' }, 'it ends with its last user')
    t.same(await mounted.daemon.ended, { code: null, signal: 'SIGTERM' })
  },
)

testMount(
  'a second signal ends a mount by force that a handler holds up',
  { filesystem: storing, workers: 2 },
  async (t, mounted) => {
    const writer = mounted.startCall(async ({ fs }, path) => {
      fs.writeSync(fs.openSync(path, 'r+'), 'open')
      console.log('written')
      await new Promise((resolve) => process.stdin.once('end', resolve).resume())
    }, mounted.path('open'))
    await writer.printed('written')
    const stuck = mounted.start('stat', [mounted.path('getattr-never')])
    await waitUntil('it waits', () =>
      mounted.events<{ event: string }>().some(({ event }) => event === 'getattr'),
    )
    // Two that the kernel does not take for one, however late the process sees them.
    mounted.daemon.kill('SIGTERM')
    mounted.daemon.kill('SIGINT')
    t.match((await stuck.ended).stderr, /Software caused connection abort/)
    t.same(await mounted.daemon.ended, { code: EXIT_CODE_LOST, signal: null })
    // After the first alone it would have been flushed.
    t.match(mounted.daemon.log, /: data of \/open may be lost: it was not stored in time\n/)
    writer.endInput()
    await writer.ended
  },
)

testMount(
  'the only client stuck in a handler does not keep a signal from ending the mount',
  { filesystem: blocking, loop: 'multi', workers: 1 },
  async (t, mounted) => {
    const reader = mounted.start('cat', [mounted.path('sleep-600000')])
    await waitUntil('the reader waits', () => mounted.events().length === 1)
    mounted.daemon.kill('SIGTERM')
    const end = await within('the end of the daemon', mounted.daemon.ended, 60_000)
    t.same(end, { code: null, signal: 'SIGTERM' })
    t.match((await reader.ended).stderr, /Software caused connection abort/)
    t.notOk(mounted.isMounted)
  },
)

for (const loop of ['single', 'multi'] as const) {
  testMount(
    `${loop}: a signal ends a mount whose main thread is stuck in it`,
    { filesystem: blocking, loop, ...(loop === 'multi' && { workers: 2 }) },
    async (t, mounted) => {
      // With loop single the handler has the thread; with multi main waits for a handler's answer.
      const path = mounted.path('sleep-600000')
      const reader = loop === 'single' ? mounted.start('cat', [path]) : undefined
      if (loop === 'multi')
        mounted.inDaemon(({ fs }, path) => fs.readFileSync(path), path).catch(() => undefined)
      await waitUntil('the handler is at work', () => mounted.events().length === 1)
      mounted.daemon.kill('SIGTERM')
      const end = await within('the end of the daemon', mounted.daemon.ended, 60_000)
      t.same(end, { code: null, signal: 'SIGTERM' })
      t.notOk(mounted.isMounted)
      if (reader) t.match((await reader.ended).stderr, /Software caused connection abort/)
    },
  )
}
