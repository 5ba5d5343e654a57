// What happens beneath the loopback shows above as it is: a disk that is full, a source that is gone.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { whyNoMounts } from '../../support/mount-environment.js'
import { withMount } from '../../support/mount-test.js'
import { waitUntil } from '../../support/wait-until.js'
import { checkReports } from './support/load.js'
import { TRANSPORT, testUnderLoad } from './support/scenario.js'
import { SIZE, withSmallDisk } from './support/small-disk.js'

function isRemoved(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
    return false
  }
}

for (const cache of ['none', 'ttl', 'writeback'] as const) {
  void t.test(
    `${TRANSPORT}, cache ${cache}: a full disk is told to who writes, and all that was synced is there`,
    { skip: whyNoMounts(), timeout: 200_000 },
    (t) =>
      withSmallDisk(t, (root) =>
        withMount(
          t,
          { filesystem: 'loopback', workers: 4, transport: TRANSPORT, cache, root },
          async (t, mounted) => {
            const { synced, code } = await mounted.call(({ fs }, path) => {
              const file = fs.openSync(path, 'w')
              let synced = 0
              try {
                for (; synced < 16 << 20; synced += 65536) {
                  fs.writeSync(file, Buffer.alloc(65536, synced >>> 16), 0, 65536, synced)
                  fs.fsyncSync(file)
                }
                return { synced, code: undefined }
              } catch (error) {
                return { synced, code: (error as NodeJS.ErrnoException).code }
              } finally {
                try {
                  fs.closeSync(file)
                } catch {
                  // Under writeback the error may come a second time.
                }
              }
            }, mounted.path('big'))
            t.equal(code, 'ENOSPC')
            t.ok(synced > SIZE / 2 && synced <= SIZE, `${synced} bytes were synced`)
            const wrong = await mounted.call(
              ({ fs }, path, synced) => {
                const data = fs.readFileSync(path)
                let wrong = 0
                for (let at = 0; at < synced; at += 65536)
                  if (!data.subarray(at, at + 65536).every((byte) => byte === at >>> 16)) wrong += 1
                return wrong
              },
              join(mounted.source, 'big'),
              synced,
            )
            t.equal(wrong, 0, 'and are beneath')
            await mounted.run('rm', [mounted.path('big')])
            await mounted.run('sh', ['-c', 'echo again > "$0"', mounted.path('after')])
            t.equal(await mounted.run('cat', [join(mounted.source, 'after')]), 'again\n')
          },
        ),
      ),
  )
}

testUnderLoad(
  'a source that is removed shows as an empty place; open files live on, as beneath',
  async (t, mounted, load) => {
    // Clients make files in it as fast as they are removed.
    await waitUntil('the source is gone', () => isRemoved(mounted.source))
    await load.proceeds()
    checkReports(t, await load.stop(), ['ENOENT', 'ESTALE'])
    const listing = await mounted.attempt('ls', ['-A', mounted.mountpoint])
    t.equal(listing.stdout, '')
    const made = await mounted.attempt('touch', [mounted.path('new')])
    t.match(made.stderr, /No such file|Stale/, 'nothing can be made in it')
    await mounted.inDaemon(({ session }) => session.unmount())
    t.notOk(mounted.isMounted)
  },
)
