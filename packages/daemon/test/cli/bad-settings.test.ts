// Options, mountpoints and logs that cannot be: one line says why, and nothing is left. No request is ever served.

import t from 'tap'
import { COMMAND, CommandPlace } from './command-place.js'
import { checkRefusal, refusal } from './refusal.js'

// Each case starts two commands.
t.setTimeout(600_000)

const LOOPBACK = ['loopback', '--set']
refusal(
  'an unknown --set',
  ['hello', '--set', 'x=1'],
  2,
  /for hello: unknown option 'x'; there is gr/,
)
refusal('a required --set', ['loopback'], 2, /for loopback: option 'source' is required \(a path\)/)
refusal('a --set without a path', [...LOOPBACK, 'source'], 2, /option 'source': true is not a path/)
refusal('a --set that names nothing', [...LOOPBACK, 'source=gone'], 1, /ENOENT: .*\/gone'/)
refusal('an unknown -o', ['hello', '-o', 'ro,magic'], 2, /unknown mount option 'magic'/)
refusal('an -o with a wrong value', ['hello', '-o', 'max_read=x'], 2, /'max_read' needs a number/)
refusal('an unknown --cache', ['hello', '--cache', 'fast'], 2, /'fast' is invalid.* none, closeTo/)
refusal('--workers 0', ['hello', '--workers', '0'], 2, /workers: 0 is not between 1 and 64/)
refusal(
  '--workers 0 with one thread',
  ['hello', '--loop', 'single', '--workers', '0'],
  2,
  /0 is not/,
)
refusal(
  'a --mount-helper elsewhere',
  ['hello', '--mount-helper', 'x'],
  2,
  /'x' is no absolute path/,
)
refusal('a --timeout-code of no errno', ['hello', '--timeout-code', 'E'], 2, /'E' is no errno/)
refusal(
  'a policy',
  ['hello', '--interrupts', 'read=x'],
  2,
  /interrupts.read: 'x' is none of ignore/,
)
refusal('a bad limit', ['hello', '--resource-limit', 'heap=0'], 2, /0 is no number of MiB above 0/)

t.test('a mountpoint that is not there, or a file', async (t) => {
  const place = CommandPlace.make(t)
  place.write('file', '')
  for (const mode of [[], ['--foreground']]) {
    const [gone, file] = await Promise.all([
      place.fuseloop('mount', 'hello', 'gone', ...mode),
      place.fuseloop('mount', 'hello', 'file', ...mode),
    ])
    await checkRefusal(
      t,
      place,
      gone,
      1,
      new RegExp(`mountpoint ${place.folder}/gone does not exist`),
    )
    await checkRefusal(
      t,
      place,
      file,
      1,
      new RegExp(`mountpoint ${place.folder}/file is not a directory`),
    )
  }
})

t.test('a log that cannot be written', async (t) => {
  const place = CommandPlace.make(t)
  const result = await place.fuseloop('mount', 'hello', 'mnt', '--log', 'gone/log')
  await checkRefusal(t, place, result, 1, /the log cannot be written: ENOENT: .*'gone\/log'/)
})

t.test('a background process that dies without a word', async (t) => {
  const place = CommandPlace.make(t)
  place.write('dies.mjs', "process.kill(process.pid, 'SIGKILL')\n")
  const result = await place.fuseloop('mount', './dies.mjs', 'mnt')
  await checkRefusal(
    t,
    place,
    result,
    1,
    /the background process ended \(SIGKILL\) before it mounted/,
  )
})

t.test('NODE_DEBUG=fuseloop adds the stack', async (t) => {
  const place = CommandPlace.make(t)
  const args = ['NODE_DEBUG=fuseloop', process.execPath, COMMAND, 'mount', 'helo', 'mnt', '-f']
  const { stderr, code } = await place.run('env', ...args)
  t.equal(code, 1)
  t.match(stderr, /^\s+at /m)
})
