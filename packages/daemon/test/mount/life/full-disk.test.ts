// What the kernel writes back to a disk that is full: its writer was told that all is well, so the end of the mount
// tells of it.

import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ClientProcess } from '../../support/client-process.js'
import { whyNoMounts } from '../../support/mount-environment.js'
import { withMount } from '../../support/mount-test.js'
import type { Mounted } from '../../support/mounted.js'
import { within } from '../../support/wait-until.js'
import { checkNothingLeft, TRANSPORT } from './support/scenario.js'
import { withSmallDisk } from './support/small-disk.js'

const PAGES = 16

/** Leaves room for so many pages. */
function fill(folder: string, spare = 0): void {
  const file = openSync(join(folder, 'filler'), 'w')
  try {
    for (;;) writeSync(file, Buffer.alloc(4096))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    ftruncateSync(file, fstatSync(file).size - spare * 4096)
  } finally {
    closeSync(file)
  }
}

/** A client whose pages are in the kernel's cache only. @returns what its close() gives, by its end */
async function startWriter(mounted: Mounted, name: string): Promise<ClientProcess> {
  const writer = mounted.startCall(
    async ({ fs }, path, size) => {
      const file = fs.openSync(path, 'w')
      const written = fs.writeSync(file, Buffer.alloc(size, 1), 0, size, 0)
      console.log(`wrote ${written}`)
      await new Promise((resolve) => process.stdin.once('end', resolve).resume())
      try {
        fs.closeSync(file)
        return 'closed'
      } catch (error) {
        return (error as NodeJS.ErrnoException).code
      }
    },
    mounted.path(name),
    PAGES * 4096,
  )
  await writer.printed(`wrote ${PAGES * 4096}`)
  return writer
}

async function endsWith(
  t: Test,
  mounted: Mounted,
  end: { code: number | null; signal: NodeJS.Signals | null },
): Promise<void> {
  mounted.daemon.kill('SIGTERM')
  t.same(await within('the end of the process', mounted.daemon.ended, 60_000), end)
}

function testFull(name: string, body: (t: Test, mounted: Mounted) => Promise<void>): void {
  void t.test(`${TRANSPORT}: ${name}`, { skip: whyNoMounts(), timeout: 200_000 }, (t) =>
    withSmallDisk(t, (root) =>
      withMount(
        t,
        { filesystem: 'loopback', workers: 2, transport: TRANSPORT, cache: 'writeback', root },
        async (t, mounted) => {
          await body(t, mounted)
          await checkNothingLeft(t, mounted)
        },
      ),
    ),
  )
}

for (const spare of [0, 3]) {
  testFull(
    `of ${PAGES} dirty pages the disk has room for ${spare}: it is told at the end, and the exit code is 74`,
    async (t, mounted) => {
      const writer = await startWriter(mounted, 'big')
      fill(mounted.source, spare)
      await endsWith(t, mounted, { code: 74, signal: null })
      t.match(mounted.daemon.log, /: data of \/big may be lost: ENOSPC\n/)
      writer.endInput()
      t.match((await writer.ended).outcome, { value: /^E/ }, 'its own close(2) fails too')
    },
  )
}

testFull(
  'so it is where the kernel has written back before, and the writer does not know',
  async (t, mounted) => {
    const writer = await startWriter(mounted, 'big')
    fill(mounted.source, 3)
    await mounted.attempt('sync', ['-f', mounted.mountpoint])
    await endsWith(t, mounted, { code: 74, signal: null })
    t.match(mounted.daemon.log, /: data of \/big may be lost: ENOSPC\n/)
    writer.endInput()
    t.match((await writer.ended).outcome, { value: /^E/ })
  },
)

testFull('what close(2) has told the writer is not told again', async (t, mounted) => {
  const writer = await startWriter(mounted, 'big')
  fill(mounted.source, 3)
  writer.endInput()
  t.match((await writer.ended).outcome, { value: 'ENOSPC' })
  await endsWith(t, mounted, { code: null, signal: 'SIGTERM' })
  t.notMatch(mounted.daemon.log, /lost/)
})
