// Several mounts of one process, ended by one signal.

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMounted } from '../../support/mount-environment.js'
import type { Mounted } from '../../support/mounted.js'
import { within } from '../../support/wait-until.js'
import { checkNothingLeft, testScenario } from './support/scenario.js'

const storing = new URL('../filesystems/storing.js', import.meta.url)
const HELLOS = 3

/** More mounts in the process: some without users, one of files whose flush may fail. @returns where */
async function mountMore(mounted: Mounted): Promise<string[]> {
  const places = Array.from({ length: HELLOS + 1 }, (_, index) => join(mounted.root, `m${index}`))
  for (const place of places) mkdirSync(place)
  const [last = '', ...hellos] = places.toReversed()
  const events = join(mounted.root, 'events')
  await mounted.inDaemon(
    async ({ mount }, hellos, storing, last, events) => {
      await Promise.all([
        ...hellos.map((place) => mount('hello', place, { workers: 1 })),
        mount(storing, last, { loop: 'single', set: { events } }),
      ])
    },
    hellos,
    storing.pathname,
    last,
    events,
  )
  return [...hellos, last]
}

for (const [name, file, end, lost] of [
  ['all that is open is stored', 'good', { code: null, signal: 'SIGTERM' }, /^$/],
  ['one that loses data makes it 74', 'flush-EIO', { code: 74, signal: null }, /flush-EIO may be/],
] as const) {
  testScenario(
    `one SIGTERM ends all mounts of a process; ${name}`,
    { filesystem: 'loopback', workers: 2 },
    async (t, mounted) => {
      const places = await mountMore(mounted)
      const [storing = ''] = places.slice(-1)
      const writer = mounted.startCall(
        async ({ fs }, paths) => {
          for (const path of paths) fs.writeSync(fs.openSync(path, 'a'), 'text')
          console.log('written')
          await new Promise((resolve) => process.stdin.once('end', resolve).resume())
        },
        [mounted.path('file'), join(storing, file)],
      )
      await writer.printed('written')
      mounted.daemon.kill('SIGTERM')
      t.same(await within('the end of the process', mounted.daemon.ended, 60_000), end)
      for (const place of [mounted.mountpoint, ...places]) t.notOk(isMounted(place), place)
      t.equal(readFileSync(join(mounted.source, 'file'), 'utf8'), 'text')
      const done = mounted.events<{ event: string }>().map(({ event }) => event)
      t.same(done, ['write', 'flush', 'fsync', 'release'], 'files of the others are seen to')
      t.match(mounted.daemon.log, lost)
      writer.endInput()
      await writer.ended
      await checkNothingLeft(t, mounted)
    },
  )
}
