// auto_unmount: a watcher beside the daemon takes away what a killed daemon leaves mounted, and nothing else.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import t from 'tap'
import { COMMAND, CommandPlace } from '../cli/command-place.js'
import { sessionEnd } from '../support/mount-end.js'
import { whyNoMounts } from '../support/mount-environment.js'
import { testMount } from '../support/mount-test.js'
import { waitUntil } from '../support/wait-until.js'

const skip = whyNoMounts()
t.setTimeout(600_000)

/** proc(5) stat: state, parent, group and session of a process; undefined when there is none. */
function processState(pid: number): { state: string; parent: number; session: number } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { state: fields[0] ?? '', parent: Number(fields[1]), session: Number(fields[3]) }
  } catch {
    return undefined
  }
}

/** Watchers, dead but unreaped ones too, of a daemon. */
function watchersOf(daemon: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) => processState(pid)?.parent === daemon && nameOf(pid).startsWith('fuseloop-mount'),
    )
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8')
  } catch {
    return ''
  }
}

const isOver = (pid: number): boolean => (processState(pid)?.state ?? 'Z') === 'Z'

async function mounted(place: CommandPlace): Promise<{ daemon: number; watcher: number }> {
  const options = ['-o', 'auto_unmount', '--workers', '1']
  // With something open that the daemon inherits.
  const script = 'exec 9<>"$0/open"; exec "$@"'
  const command = [process.execPath, COMMAND, 'mount', 'hello', 'mnt', ...options]
  const { code, stderr } = await place.run('sh', '-c', script, place.folder, ...command)
  if (code !== 0) throw new Error(stderr)
  const [daemon = 0] = place.daemons()
  const [watcher = 0] = watchersOf(daemon)
  return { daemon, watcher }
}

t.test('kill -9 of the daemon leaves nothing mounted', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const { daemon, watcher } = await mounted(place)
  const descriptors = readdirSync(`/proc/${watcher}/fd`)
  t.same(descriptors, ['0', '1', '2'], 'it holds nothing but its pipe')
  for (const number of ['1', '2'])
    t.equal(readlinkSync(`/proc/${watcher}/fd/${number}`), '/dev/null')
  t.equal(readlinkSync(`/proc/${watcher}/cwd`), '/')
  t.equal(processState(watcher)?.session, watcher, 'no terminal signals it')
  process.kill(daemon, 'SIGKILL')
  await place.isGone()
  await waitUntil('the watcher ends', () => isOver(watcher))
})

t.test('a mount in use goes, too', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const { daemon } = await mounted(place)
  const user = place.start('sleep', ['1000'], place.mountpoint)
  process.kill(daemon, 'SIGKILL')
  await place.isGone()
  user.child.kill()
})

t.test('what was mounted in its place meanwhile stays', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const { daemon, watcher } = await mounted(place)
  process.kill(watcher, 'SIGSTOP')
  process.kill(daemon, 'SIGKILL')
  await waitUntil('the daemon is dead', () => isOver(daemon))
  t.match(await place.run('umount', 'mnt'), { code: 0 })
  t.match(await place.fuseloop('mount', 'hello', 'mnt', '--workers', '1'), { code: 0 })
  process.kill(watcher, 'SIGCONT')
  await waitUntil('the watcher ends', () => isOver(watcher))
  t.equal((await place.run('cat', 'mnt/hello')).stdout, 'hello\n', 'another daemon has the place')
})

t.test('what was mounted over it meanwhile stays', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const { daemon, watcher } = await mounted(place)
  process.kill(watcher, 'SIGSTOP')
  t.match(await place.run('mount', '-t', 'tmpfs', 'above', 'mnt'), { code: 0 })
  process.kill(daemon, 'SIGKILL')
  process.kill(watcher, 'SIGCONT')
  await waitUntil('the watcher ends', () => isOver(watcher))
  t.equal((await place.run('stat', '-f', '-c', '%T', 'mnt')).stdout, 'tmpfs\n')
  t.match(await place.run('umount', 'mnt'), { code: 0 })
})

t.test('Ctrl-C unmounts, and the watcher outlives only what it watches', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const script = '"$0" "$1" mount hello mnt -f -o auto_unmount & echo $!; wait $!'
  const shell = place.start('setsid', ['sh', '-c', script, process.execPath, COMMAND])
  await waitUntil('it serves', () => shell.log().includes('Ctrl-C unmounts'))
  const daemon = Number(/pid (\d+)/.exec(shell.log())?.[1])
  const [watcher = 0] = watchersOf(daemon)
  t.ok(watcher)
  // As a terminal does it, to the whole group.
  process.kill(-(shell.child.pid as number), 'SIGINT')
  await place.isGone()
  await waitUntil('the watcher ends', () => isOver(watcher))
  await shell.ended
})

testMount(
  'its watcher ends with the session, in a process that goes on',
  { filesystem: 'hello', workers: 1, mountOptions: { auto_unmount: true } },
  async (t, mounted) => {
    const { pid } = mounted.daemon
    t.equal(watchersOf(pid).length, 1)
    await mounted.inDaemon(async ({ session }) => {
      setInterval(() => undefined, 1000)
      await session.unmount()
    })
    t.match(await sessionEnd(mounted), { reason: 'unmounted' })
    await waitUntil('it is gone and reaped', () => watchersOf(pid).length === 0)
    t.ok(mounted.daemon.isRunning)
  },
)

testMount(
  'a watcher that is killed is missed',
  { filesystem: 'hello', workers: 1, mountOptions: { auto_unmount: true } },
  async (t, mounted) => {
    const [watcher = 0] = watchersOf(mounted.daemon.pid)
    process.kill(watcher, 'SIGKILL')
    await mounted.daemon.logged(/the watcher of auto_unmount \(pid \d+\) ended \(SIGKILL\)/)
    t.equal(await mounted.run('cat', [mounted.path('hello')]), 'hello\n', 'the mount goes on')
  },
)
