// What is wrong with a command line is said in one line, before anything is started; exit code 2.

import t from 'tap'
import { CommandPlace } from './command-place.js'
import { checkRefusal } from './refusal.js'

const MISTAKES: readonly (readonly [string[], RegExp])[] = [
  [[], /say what to do: mount or unmount/],
  [['mout', 'hello', 'mnt'], /unknown command 'mout' \(Did you mean mount\?\)/],
  [['mount'], /missing required argument 'module'/],
  [['mount', 'hello'], /missing required argument 'mountpoint'/],
  [['mount', 'hello', 'mnt', 'more'], /too many arguments/],
  [
    ['mount', 'hello', 'mnt', '--worker', '3'],
    /unknown option '--worker' \(Did you mean --workers/,
  ],
  [['mount', 'hello', 'mnt', '--workers'], /option '--workers <number>' argument missing/],
  [['mount', 'hello', 'mnt', '--workers', 'abc'], /--workers takes a number, got 'abc'/],
  [['mount', 'hello', 'mnt', '--workers', '-1'], /--workers takes a number, got '-1'/],
  [['mount', 'hello', 'mnt', '--loop', 'both'], /Allowed choices are single, multi/],
  [
    ['mount', 'hello', 'mnt', '--transport', 'post'],
    /Allowed choices are auto, uring, direct, ring/,
  ],
  [['mount', 'hello', 'mnt', '--set', 'a=1', '--set', 'a=2'], /--set a is given twice/],
  [['mount', 'hello', 'mnt', '--set', '=1'], /--set =1: expected key=value/],
  [['mount', 'hello', 'mnt', '-o', '=1'], /mount option '=1' has no name/],
  [['mount', 'hello', 'mnt', '-f', '--log', 'x'], /a log is for the background/],
  [['unmount'], /missing required argument 'mountpoint'/],
  [['unmount', 'mnt', '--force'], /unknown option '--force'/],
]

t.test('each mistake is told', async (t) => {
  const place = CommandPlace.make(t)
  for (const [args, line] of MISTAKES) {
    await t.test(`fuseloop ${args.join(' ')}`, async (t) => {
      await checkRefusal(t, place, await place.fuseloop(...args), 2, line)
    })
  }
})

t.test('help and version go to stdout', async (t) => {
  const place = CommandPlace.make(t)
  const [help, mountHelp, version] = await Promise.all([
    place.fuseloop('--help'),
    place.fuseloop('mount', '--help'),
    place.fuseloop('--version'),
  ])
  for (const { code, stderr } of [help, mountHelp, version]) t.strictSame([code, stderr], [0, ''])
  t.match(help.stdout, /unmount \[options\] <mountpoint>/)
  t.match(mountHelp.stdout, /--set <key=value>/)
  t.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
})
