// `fuseloop unmount`: the mount leaves the tree, its background process ends, and what cannot be is explained.

import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CommandPlace } from '../cli/command-place.js'
import { checkRefusal } from '../cli/refusal.js'
import { whyNoMounts } from '../support/mount-environment.js'
import { waitUntil } from '../support/wait-until.js'

const skip = whyNoMounts()
t.setTimeout(600_000)

t.test('it ends the mount and what serves it', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  await place.fuseloop('mount', 'hello', 'mnt')
  t.match(await place.fuseloop('unmount', './mnt/'), { code: 0, stdout: '', stderr: '' })
  t.notOk(place.isMounted)
  await place.isGone()
})

t.test('a busy mount stays, unless --lazy', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  await place.fuseloop('mount', 'hello', 'mnt')
  const user = place.start('sh', ['-c', 'cd mnt; echo there >&2; exec sleep 60'])
  await waitUntil('somebody is in it', () => user.log().includes('there'))
  const { code, stderr } = await place.fuseloop('unmount', 'mnt')
  t.equal(code, 1)
  t.match(stderr, /^fuseloop: \/[^\n]*\/mnt is in use; [^\n]*--lazy[^\n]*\n$/)
  t.ok(place.isMounted)
  t.match(await place.fuseloop('unmount', 'mnt', '--lazy'), { code: 0, stderr: '' })
  t.notOk(place.isMounted)
  t.equal(place.daemons().length, 1, 'it serves whoever is in it')
  user.child.kill('SIGKILL')
  await place.isGone()
})

t.test('a dead mount can be unmounted', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  await place.fuseloop('mount', 'hello', 'mnt')
  for (const pid of place.daemons()) process.kill(pid, 'SIGKILL')
  await waitUntil('it is dead', () => place.daemons().length === 0)
  t.match(await place.fuseloop('unmount', 'mnt'), { code: 0, stderr: '' })
  await place.isGone()
})

t.test('what is not a FUSE mount is refused', async (t) => {
  const place = CommandPlace.make(t)
  symlinkSync('mnt', join(place.folder, 'link'))
  const refused: readonly (readonly [string, RegExp])[] = [
    ['mnt', /\/mnt: nothing is mounted there/],
    ['link', /nothing is mounted there/],
    ['gone', /\/gone does not exist/],
    ['/proc', /\/proc: the mount there is proc/],
  ]
  for (const [path, line] of refused)
    await checkRefusal(t, place, await place.fuseloop('unmount', path), 1, line)
})
