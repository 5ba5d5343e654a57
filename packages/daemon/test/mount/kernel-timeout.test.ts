// The kernel's own request timeout, which ends a whole connection: the framework's deadlines come before it.

import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { whyNoMounts } from '../support/mount-environment.js'
import { withMount } from '../support/mount-test.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/late.js', import.meta.url)
const SYSCTL = '/proc/sys/fs/fuse/max_request_timeout'
/** The least that the kernel takes; it looks every 15 s (fs/fuse/inode.c set_request_timeout()). */
const KERNEL_S = 15

function whyNoTimeout(): string | false {
  try {
    readFileSync(SYSCTL)
    return false
  } catch {
    return 'this kernel has no fs.fuse.max_request_timeout (Linux 6.15)'
  }
}

void t.test(
  'with fs.fuse.max_request_timeout set a handler that never answers costs its client, not the mount',
  { skip: whyNoMounts() || whyNoTimeout() },
  async (t) => {
    const before = readFileSync(SYSCTL)
    const putBack = (): void => writeFileSync(SYSCTL, before)
    t.teardown(putBack)
    writeFileSync(SYSCTL, `${KERNEL_S}`)
    // No deadlines of its own but one that is too long.
    const timeouts = { default: 0, mkdir: 60_000 }
    await withMount(t, { filesystem, workers: 2, timeouts }, async (t, mounted) => {
      // INIT has settled it; other mounts of this machine are not ours to end.
      putBack()
      await mounted.daemon.logged(/deadlines of mkdir are cut to 11250 ms: the kernel ends/)
      const stuck = await mounted.attempt('cat', [mounted.path('stuck-for-ever')])
      t.match(stuck.stderr, /Connection timed out/)
      await waitUntil('no request waits', () => mounted.waiting === 0)
      t.equal(await mounted.run('head', ['-c', '4', mounted.path('good')]), 'gggg')
    })
  },
)
