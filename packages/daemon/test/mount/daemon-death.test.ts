// A daemon that is killed: its clients are set free, and its place can be used again.

import { testMountInAllLoops } from '../support/mount-test.js'
import { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/interruptible.js', import.meta.url)

testMountInAllLoops(
  'kill -9 ends what its clients wait for, and the next mount() takes the place of the dead one',
  { filesystem },
  async (t, mounted) => {
    const open = mounted.startCall(async ({ fs }, path) => {
      const file = fs.openSync(path, 'r')
      console.log('open')
      await new Promise((resolve) => process.stdin.once('data', resolve))
      try {
        return fs.readSync(file, Buffer.alloc(1))
      } catch (error) {
        return (error as NodeJS.ErrnoException).code
      }
    }, mounted.path('empty'))
    await open.printed('open')
    const stuck = []
    // One after the other: /poll blocks its worker.
    for (const name of ['signal', 'poll']) {
      stuck.push(mounted.start('cat', [mounted.path(name)]))
      await waitUntil('it is with its handler', () => mounted.events().length === stuck.length)
    }

    mounted.daemon.kill('SIGKILL')
    t.same(await mounted.daemon.ended, { code: null, signal: 'SIGKILL' })
    for (const client of stuck) {
      const { stderr, code } = await client.ended
      t.equal(code, 1)
      t.match(stderr, /Software caused connection abort/)
    }
    const later = await mounted.attempt('cat', [mounted.path('empty')])
    t.match(later.stderr, /not connected/, 'a later client gets ENOTCONN')
    open.write('read\n')
    t.match((await open.ended).outcome, { value: 'ENOTCONN' }, 'so does one with an open file')

    t.ok(mounted.isMounted, 'the dead mount is still there')
    const next = await Mounted.start({ filesystem: 'hello', workers: 1, root: mounted.root })
    try {
      t.equal(await next.run('cat', [next.path('hello')]), 'hello\n', 'the new mount serves')
      await next.inDaemon(({ session }) => session.unmount())
      t.notOk(next.isMounted, 'and nothing is mounted when it is gone')
    } finally {
      await next.destroy()
    }
  },
)
