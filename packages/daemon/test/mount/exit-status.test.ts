// What commands end with, in libfuse's words and in ours, where a mount did not go well to its end.

import { chmodSync } from 'node:fs'
import t, { type Test } from 'tap'
import { CommandPlace, type Running } from '../cli/command-place.js'
import { whyNoMounts } from '../support/mount-environment.js'
import { waitUntil } from '../support/wait-until.js'

const skip = whyNoMounts()
t.setTimeout(600_000)

const FUSELOOP = import.meta.resolve('@fuseloop/daemon')
const storing = new URL('./filesystems/storing.js', import.meta.url)

/** A place with the command `notes` of this module. */
function placeOf(t: Test, module: URL | string): CommandPlace {
  const place = CommandPlace.make(t, 'notes')
  const call = `fuseMain(new URL('${module}', import.meta.url))`
  const script = `import { fuseMain } from '${FUSELOOP}'\nprocess.exit(await ${call})\n`
  chmodSync(place.write('notes', `#!/usr/bin/env node\n${script}`), 0o755)
  return place
}

const COMMANDS: Readonly<Record<string, (place: CommandPlace) => Promise<Running>>> = {
  'fuseloop mount': (place) => place.foreground(storing.pathname, 'mnt', '--set', 'events=events'),
  'fuseMain()': async (place) => {
    const running = place.start(`${place.folder}/notes`, ['-f', '--events=events', 'mnt'])
    await waitUntil('it has mounted', () => running.log().includes('\n'))
    return running
  },
}

for (const [name, start] of Object.entries(COMMANDS)) {
  t.test(`${name}: data that is not stored is 74, and its file is named`, { skip }, async (t) => {
    const place = placeOf(t, storing)
    const running = await start(place)
    const script = 'exec 3<>mnt/flush-EIO; echo text >&3; echo written >&2; exec sleep 60 3>&3'
    const writer = place.start('sh', ['-c', script])
    await waitUntil('it has written', () => writer.log().includes('written'))
    running.child.kill('SIGTERM')
    t.match(await running.ended, { code: 74, stderr: /: data of \/flush-EIO may be lost: EIO\n$/ })
    t.notOk(place.isMounted)
  })
}

t.test('fuseMain(): a background process that dies without a word is 5', { skip }, async (t) => {
  const place = placeOf(t, './dies.mjs')
  place.write(
    'dies.mjs',
    `import { isMainThread } from 'node:worker_threads'
export { default } from '${import.meta.resolve('@fuseloop/examples/hello')}'
if (!isMainThread) process.kill(process.pid, 'SIGKILL')
`,
  )
  t.match(await place.run(`${place.folder}/notes`, 'mnt'), {
    code: 5,
    stdout: '',
    stderr: /^notes: the background process ended \(SIGKILL\) before it mounted; .*\n$/,
  })
  await place.isGone()
})
