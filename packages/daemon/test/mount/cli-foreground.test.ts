// `fuseloop mount --foreground`: one line, then it stays until a signal, or until the mount is over.

import t from 'tap'
import { CommandPlace, type Running } from '../cli/command-place.js'
import { whyNoMounts } from '../support/mount-environment.js'
import { waitUntil } from '../support/wait-until.js'

const skip = whyNoMounts()
t.setTimeout(600_000)

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  t.test(`${signal} unmounts and ends it with 0`, { skip }, async (t) => {
    const place = CommandPlace.make(t)
    const running = await place.foreground('hello', 'mnt', '--workers', '2')
    const line = `fuseloop: hello on ${place.mountpoint}, loop multi, 2 workers, pid ${running.child.pid}; Ctrl-C unmounts\n`
    t.equal(running.log(), line)
    t.equal((await place.run('cat', 'mnt/hello')).stdout, 'hello\n')
    running.child.kill(signal)
    t.match(await running.ended, { code: 0, stdout: '', stderr: line })
    t.notOk(place.isMounted)
  })
}

t.test('with loop single too', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const running = await place.foreground('hello', 'mnt', '--loop', 'single')
  t.match(running.log(), /, loop single, pid \d+; Ctrl-C unmounts\n$/)
  t.equal((await place.run('cat', 'mnt/hello')).stdout, 'hello\n')
  running.child.kill('SIGINT')
  t.match(await running.ended, { code: 0 })
  t.notOk(place.isMounted)
})

t.test('a first signal lets users of the mount finish', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const running = await place.foreground('hello', 'mnt')
  const user = await startUser(place)
  running.child.kill('SIGINT')
  await waitUntil('the mount has left the tree', () => !place.isMounted)
  t.equal(running.child.exitCode, null, 'it serves on')
  user.child.kill('SIGKILL')
  t.match(await running.ended, { code: 0 })
})

t.test('a second signal ends it by force, with 1', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const running = await place.foreground('hello', 'mnt')
  await startUser(place)
  running.child.kill('SIGINT')
  await waitUntil('it has seen the first', () => !place.isMounted)
  const pressed = performance.now()
  await waitUntil('a second press is one of its own', () => performance.now() - pressed > 700)
  running.child.kill('SIGINT')
  const { code, stderr } = await running.ended
  t.equal(code, 1)
  t.match(stderr, /fuseloop: .*mnt: the connection was aborted\n$/)
  t.notOk(place.isMounted)
})

t.test('unmounted by somebody else it ends with 0', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const running = await place.foreground('hello', 'mnt')
  t.match(await place.run('umount', place.mountpoint), { code: 0 })
  t.match(await running.ended, { code: 0 })
})

t.test('aborted by somebody else it ends with 1 and says so', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const running = await place.foreground('hello', 'mnt')
  place.abort()
  const { code, stderr } = await running.ended
  t.equal(code, 1)
  t.match(stderr, /mnt: the connection was aborted\n$/)
})

t.test('it outlives whoever read what it says', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const running = await place.foreground('hello', 'mnt')
  running.child.stderr?.destroy()
  place.abort()
  t.match(await running.ended, { code: 1, signal: null })
})

/** A process with a file of the mount open. */
async function startUser(place: CommandPlace): Promise<Running> {
  const user = place.start('sh', ['-c', 'exec 3< mnt/hello; echo open >&2; exec sleep 60'])
  await waitUntil('the file is open', () => user.log().includes('open'))
  return user
}
