// The end of the mounting process, or of the block that mounts, leaves nothing mounted.

import { exitCode, startHolder } from '../support/mount-end.js'
import { isMounted } from '../support/mount-environment.js'
import { testMount, testMountInAllLoops } from '../support/mount-test.js'
import { waitUntil } from '../support/wait-until.js'

const storing = new URL('./filesystems/storing.js', import.meta.url)

testMountInAllLoops(
  'process.exit() in the mounting process leaves nothing mounted',
  { filesystem: 'hello' },
  async (t, mounted) => {
    const holder = await startHolder(mounted, 'hello')
    mounted.inDaemon(() => process.exit(7)).catch(() => undefined)
    t.equal(await exitCode(mounted), 7)
    t.notOk(mounted.isMounted)
    holder.endInput()
    await holder.ended
  },
)

testMount(
  'an uncaught exception in the mounting process leaves nothing mounted',
  { filesystem: 'hello', workers: 2 },
  async (t, mounted) => {
    mounted
      .inDaemon(() => {
        setImmediate(() => {
          throw new Error('not caught')
        })
      })
      .catch(() => undefined)
    t.equal(await exitCode(mounted), 1)
    t.notOk(mounted.isMounted)
  },
)

testMount(
  'process.exit() sets a worker free that waits for another mount of the process',
  { filesystem: storing, workers: 1 },
  async (t, mounted) => {
    const place = `${mounted.root}/outer`
    await mounted.inDaemon(
      async ({ mount, fs }, source, place) => {
        fs.mkdirSync(place)
        await mount('loopback', place, { workers: 2, set: { source } })
      },
      mounted.mountpoint,
      place,
    )
    // Node.js joins its threads one by one when it exits: one that waits perhaps before the one that owes it an answer.
    const client = mounted.start('stat', [`${place}/getattr-never`])
    await waitUntil('it waits', () => mounted.events().length > 0)
    mounted.inDaemon(() => process.exit(7)).catch(() => undefined)
    t.equal(await exitCode(mounted), 7)
    for (const mountpoint of [place, mounted.mountpoint]) t.notOk(isMounted(mountpoint))
    t.match((await client.ended).stderr, /connection abort/)
  },
)

testMountInAllLoops(
  'await using unmounts at the end of its block',
  { filesystem: 'hello' },
  async (t, mounted) => {
    const place = `${mounted.root}/second`
    const seen = await mounted.inDaemon(
      async ({ session, mountWhile, fs, childProcess }, place) => {
        fs.mkdirSync(place)
        const settings = { loop: session.loop, workers: 2 }
        const order = { filesystem: 'hello', mountpoint: place, settings }
        let text = ''
        const end = await mountWhile(order, async () => {
          const reader = childProcess.spawn('cat', [`${place}/hello`])
          for await (const piece of reader.stdout) text += piece
        })
        return { text, ...end }
      },
      place,
    )
    t.same(seen, { text: 'hello\n', reason: 'unmounted', lost: [] })
    t.equal(await mounted.run('ls', ['-A', place]), '', 'the folder below is to be seen again')
    t.equal(await mounted.run('cat', [mounted.path('hello')]), 'hello\n', 'the other mount lives')
  },
)

testMount(
  'await using ends a mount by force whose users stay',
  { filesystem: 'hello', workers: 1 },
  async (t, mounted) => {
    const place = `${mounted.root}/second`
    const seen = await mounted.inDaemon(async ({ mountWhile, fs, childProcess }, place) => {
      fs.mkdirSync(place)
      const order = { filesystem: 'hello', mountpoint: place, settings: { workers: 2 } }
      const script = 'exec < "$0/hello"; echo open; exec sleep 600'
      let user: ReturnType<typeof childProcess.spawn> | undefined
      const end = await mountWhile(order, async () => {
        user = childProcess.spawn('sh', ['-c', script, place])
        await new Promise((resolve) => user?.stdout?.once('data', resolve))
      })
      user?.kill()
      return end
    }, place)
    t.equal(seen.reason, 'aborted', 'before its user ends')
    t.equal(await mounted.run('ls', ['-A', place]), '', 'nothing is mounted there')
  },
)
