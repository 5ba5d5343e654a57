// A mountpoint /dev/fd/N: the device was opened and mounted by the program that starts the daemon.

import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { COMMAND, CommandPlace, type Running } from '../cli/command-place.js'
import { checkRefusal } from '../cli/refusal.js'
import { whyNoMounts } from '../support/mount-environment.js'
import { waitUntil } from '../support/wait-until.js'

const skip = whyNoMounts()
t.setTimeout(600_000)

const SUPPORT = '../../test/support'
const MOUNTER = fileURLToPath(new URL(`${SUPPORT}/mount-and-exec.py`, import.meta.url))
const PROGRAM = fileURLToPath(new URL('../support/passed-device-main.js', import.meta.url))

/** The command, handed a device as descriptor `number`. */
function handOver(place: CommandPlace, number: number, ...command: string[]): Running {
  const args = [MOUNTER, String(number), place.mountpoint, process.execPath, ...command]
  return place.start('python3', args)
}

/** Whose mount it is, only he unmounts it. */
async function checkStillMounted(t: Test, place: CommandPlace): Promise<void> {
  t.ok(place.isMounted, 'it stays mounted')
  t.match((await place.run('ls', 'mnt')).stderr, /not connected/)
  t.match(await place.run('umount', 'mnt'), { code: 0 })
}

t.test('in the foreground; who unmounts ends it', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const running = handOver(place, 7, COMMAND, 'mount', 'hello', '/dev/fd/7', '-f', '--workers', '1')
  await waitUntil('it serves', () => running.log().includes('on /dev/fd/7, loop multi'))
  t.equal((await place.run('cat', 'mnt/hello')).stdout, 'hello\n')
  t.match(await place.run('umount', 'mnt'), { code: 0 })
  t.match(await running.ended, { code: 0 })
})

t.test('a signal ends the daemon, not the mount', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const running = handOver(place, 7, COMMAND, 'mount', 'hello', '/dev/fd/7', '-f', '--workers', '1')
  await waitUntil('it serves', () => running.log().includes('on /dev/fd/7'))
  running.child.kill('SIGTERM')
  t.match(await running.ended, { code: 0 })
  await checkStillMounted(t, place)
})

t.test('in the background, whatever the descriptor', { skip }, async (t) => {
  for (const number of [3, 12]) {
    const place = CommandPlace.make(t)
    const order = ['mount', 'hello', `/dev/fd/${number}`, '--workers', '1', '--log', 'log']
    t.match(await handOver(place, number, COMMAND, ...order).ended, { code: 0, stderr: '' })
    t.equal((await place.run('cat', 'mnt/hello')).stdout, 'hello\n')
    const pid = /pid (\d+)/.exec((await place.run('cat', 'log')).stdout)?.[1]
    t.match(await place.run('umount', 'mnt'), { code: 0 })
    await waitUntil(
      'nobody serves',
      async () => (await place.run('kill', '-0', `${pid}`)).code !== 0,
    )
  }
})

t.test('by mount() in a program', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const running = handOver(place, 9, PROGRAM, '/dev/fd/9')
  const serving = async () => (await place.run('cat', 'mnt/hello')).stdout === 'hello\n'
  await waitUntil('it serves', serving)
  running.child.kill('SIGUSR1')
  t.match(await running.ended, {
    code: 0,
    stdout: 'serving /dev/fd/9\nended aborted\n',
    stderr: '',
  })
  await checkStillMounted(t, place)
})

t.test('what is no mounted device is refused in one line', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const device = openSync('/dev/fuse', 'r+')
  t.teardown(() => closeSync(device))
  // The shell opens 9 for the command.
  const open = (file: string) =>
    place.run(
      'sh',
      '-c',
      `exec 9<>${file}; exec "$0" "$@"`,
      process.execPath,
      COMMAND,
      'mount',
      'hello',
      '/dev/fd/9',
      '-f',
    )
  await checkRefusal(
    t,
    place,
    await open('/dev/null'),
    1,
    /\/dev\/fd\/9': the descriptor is not an open \/dev\/fuse$/m,
  )
  await checkRefusal(t, place, await open('/dev/fuse'), 1, /the device is not mounted/)
  const mount = (...args: string[]) => place.fuseloop('mount', 'hello', ...args)
  await checkRefusal(
    t,
    place,
    await mount('/dev/fd/99', '-f'),
    1,
    /no such descriptor is open here/,
  )
  await checkRefusal(t, place, await mount('/dev/fd/99'), 1, /no such descriptor is open here/)
  await checkRefusal(t, place, await mount('/dev/fd/9', '-o', 'auto_unmount'), 2, /auto_unmount/)
})

t.test(
  'a device that was served before is refused, and its clients do not wait',
  { skip },
  async (t) => {
    const place = CommandPlace.make(t)
    const script =
      '"$@" & until [ -e mnt/hello ]; do sleep 0.1; done; kill -9 $!; wait; ls mnt/new 7<&- & "$@"; code=$?; wait; exit $code'
    const order = [process.execPath, COMMAND, 'mount', 'hello', '/dev/fd/7', '-f', '--workers', '1']
    const running = place.start('python3', [
      MOUNTER,
      '7',
      place.mountpoint,
      'sh',
      '-c',
      script,
      'sh',
      ...order,
    ])
    const { code, stderr } = await running.ended
    t.equal(code, 1)
    t.match(stderr, /^fuseloop: .*the device was served before, and cannot be taken over$/m)
    t.match(stderr, /^ls: .*mnt\/new/m)
  },
)
