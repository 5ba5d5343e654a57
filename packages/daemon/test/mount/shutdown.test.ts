// shutdown() and its signals on busy mounts: what was written is stored or told of, and the process ends.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClientProcess } from '../support/client-process.js'
import { sessionEnd, startHolder } from '../support/mount-end.js'
import { testMount } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil, within } from '../support/wait-until.js'

const storing = new URL('./filesystems/storing.js', import.meta.url)

/** A client that has written files and keeps them open until its input ends. */
async function startWriter(
  mounted: Mounted,
  flags: string,
  ...names: string[]
): Promise<ClientProcess> {
  const writer = mounted.startCall(
    async ({ fs }, folder, names, flags) => {
      for (const name of names)
        fs.writeSync(fs.openSync(`${folder}/${name}`, flags), `data of ${name}`)
      console.log('written')
      await new Promise((resolve) => process.stdin.once('end', resolve).resume())
    },
    mounted.mountpoint,
    names,
    flags,
  )
  await writer.printed('written')
  return writer
}

interface Event {
  readonly event: string
  readonly path: string
}

testMount(
  'pages that only the kernel has are written back before the connection is ended',
  { filesystem: 'loopback', workers: 2, cache: 'writeback' },
  async (t, mounted) => {
    const names = Array.from({ length: 20 }, (_, index) => `file${index}`)
    const writer = await startWriter(mounted, 'w', ...names)
    mounted.daemon.kill('SIGTERM')
    t.same(await within('the end', mounted.daemon.ended, 60_000), { code: null, signal: 'SIGTERM' })
    for (const name of names)
      t.equal(readFileSync(join(mounted.source, name), 'utf8'), `data of ${name}`)
    writer.endInput()
    await writer.ended
  },
)

testMount(
  'a busy client keeps nothing from being flushed, and the exit code says what is lost',
  { filesystem: storing, workers: 2 },
  async (t, mounted) => {
    const writer = await startWriter(mounted, 'r+', 'good', 'flush-EIO')
    mounted.daemon.kill('SIGHUP')
    const end = await within('the end', mounted.daemon.ended, 60_000)
    t.same(end, { code: 74, signal: null })
    t.match(mounted.daemon.log, /: data of \/flush-EIO may be lost: EIO\n/)
    t.notMatch(mounted.daemon.log, /good/)
    const done = mounted.events<Event>().filter(({ path }) => path === '/good')
    t.same(
      done.map(({ event }) => event),
      ['write', 'flush', 'fsync', 'release'],
    )
    writer.endInput()
    await writer.ended
  },
)

testMount(
  'while it waits for its users nothing is opened any more',
  { filesystem: 'loopback', workers: 2 },
  async (t, mounted) => {
    const user = mounted.startCall(async ({ fs }, folder) => {
      process.chdir(folder)
      fs.writeFileSync('file', 'text')
      const file = fs.openSync('file', 'r')
      console.log('ready')
      await new Promise((resolve) => process.stdin.once('data', resolve))
      const codes = ['r', 'w', 'wx'].map((flags) => {
        try {
          fs.openSync(flags === 'wx' ? 'new' : 'file', flags)
          return 'opened'
        } catch (error) {
          return (error as NodeJS.ErrnoException).code
        }
      })
      return { codes, text: fs.readFileSync(file, 'utf8'), size: fs.statSync('file').size }
    }, mounted.mountpoint)
    await user.printed('ready')
    const ending = mounted.inDaemon(({ session }) => session.shutdown({ deadlineMs: 20_000 }))
    await waitUntil('it leaves the tree', () => !mounted.isMounted)
    user.write('go\n')
    const { outcome } = await user.ended
    t.match(outcome, {
      value: { codes: ['ESHUTDOWN', 'ESHUTDOWN', 'ESHUTDOWN'], text: 'text', size: 4 },
    })
    t.same(await ending, { reason: 'unmounted', lost: [] }, 'it ends with its user')
  },
)

testMount(
  'SIGTERM ends a mount with 50 requests whose handlers never answer',
  { filesystem: storing, workers: 2 },
  async (t, mounted) => {
    const clients = mounted.startCall(async ({ fs }, path) => {
      const file = await fs.promises.open(path, 'r+')
      const writes = Array.from({ length: 50 }, (_, index) =>
        file.write('x', index).then(
          () => 'written',
          (error: NodeJS.ErrnoException) => error.code,
        ),
      )
      return [...new Set(await Promise.all(writes))]
    }, mounted.path('write-never'))
    await waitUntil('one is with its handler', () => mounted.events<Event>().length > 0)
    mounted.daemon.kill('SIGTERM')
    const end = await within('the end', mounted.daemon.ended, 60_000)
    t.same(end, { code: null, signal: 'SIGTERM' }, 'what was not acknowledged is not lost')
    const { outcome } = await clients.ended
    const codes = (outcome as { value: string[] }).value
    t.ok(codes.includes('ECONNABORTED'))
    // Those that had not got to the kernel's queue yet find no connection any more.
    t.same(
      codes.filter((code) => !['ECONNABORTED', 'ENOTCONN'].includes(code)),
      [],
    )
    t.notOk(mounted.isMounted)
  },
)

testMount(
  'SIGTERM ends a mount that somebody else has detached while it was in use',
  { filesystem: 'hello', workers: 2 },
  async (t, mounted) => {
    const holder = await startHolder(mounted, 'hello')
    await mounted.run('umount', ['-l', mounted.mountpoint])
    t.ok(mounted.daemon.isRunning)
    mounted.daemon.kill('SIGTERM')
    const end = await within('the end', mounted.daemon.ended, 60_000)
    t.same(end, { code: null, signal: 'SIGTERM' })
    holder.endInput()
    await holder.ended
  },
)

testMount(
  'abort by the kernel flushes what clients have open',
  { filesystem: storing, workers: 2 },
  async (t, mounted) => {
    const writer = await startWriter(mounted, 'r+', 'good')
    mounted.abortByKernel()
    t.same(await sessionEnd(mounted), { reason: 'aborted', lost: [] })
    const done = mounted.events<Event>().map(({ event }) => event)
    t.same(done, ['write', 'flush', 'fsync', 'release'])
    writer.endInput()
    await writer.ended
  },
)

testMount(
  'an abort is learnt, and the process ends, also with every slot taken and requests held beside them',
  { filesystem: storing, workers: 2, transport: 'ring' },
  async (t, mounted) => {
    const script = 'for i in $(seq 300); do stat "$0/getattr-never.$i" & done; wait'
    const clients = mounted.start('sh', ['-c', script, mounted.mountpoint])
    await waitUntil('requests are held', async () => (await mounted.status()).counters.held > 0)
    mounted.abortByKernel()
    const end = await within('the end', mounted.daemon.ended, 60_000)
    t.same(end, { code: 0, signal: null })
    t.notOk(mounted.isMounted)
    await clients.ended
  },
)
