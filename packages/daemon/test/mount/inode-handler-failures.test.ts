// The inode API's results are checked before they reach the kernel, which would end or confuse the mount.

import { LOOKUPS } from '../support/failure-cases.js'
import { testMountInAllLoops } from '../support/mount-test.js'

testMountInAllLoops(
  'a handler of the inode API that returns nonsense is EIO for its client',
  { filesystem: new URL('./filesystems/failing-inode.js', import.meta.url) },
  async (t, mounted) => {
    const seen = await mounted.call(
      ({ fs }, folder, names) => {
        const attempt = (use: () => unknown): unknown => {
          try {
            return use()
          } catch (error) {
            return (error as NodeJS.ErrnoException).code
          }
        }
        return {
          lookups: Object.fromEntries(
            names.map((name) => [name, attempt(() => fs.statSync(`${folder}/${name}`).mode)]),
          ),
          setattr: attempt(() => fs.chmodSync(`${folder}/setattr`, 0o600)),
          mkdir: attempt(() => fs.mkdirSync(`${folder}/undefined`)),
          statfs: attempt(() => fs.statfsSync(folder)),
          release: attempt(() => fs.readFileSync(`${folder}/release`, 'utf8')),
          good: attempt(() => fs.readFileSync(`${folder}/good`, 'utf8')),
        }
      },
      mounted.mountpoint,
      Object.keys(LOOKUPS),
    )
    t.same(seen.lookups, LOOKUPS, 'lookup')
    t.equal(seen.setattr, 'EIO', 'setattr without a mode')
    t.equal(seen.mkdir, 'EIO', 'mkdir without an entry')
    t.equal(seen.statfs, 'EIO', 'statfs with text for a number')
    t.equal(seen.release, 'good', 'nobody sees how release fails')
    t.equal(seen.good, 'good', 'the mount lives')

    await mounted.run('sh', ['-c', 'echo 2 > /proc/sys/vm/drop_caches'])
    await mounted.daemon.logged(/BATCH_FORGET .*forget fails/)
    t.equal(await mounted.run('cat', [mounted.path('after')]), 'good', 'also after forget failed')
  },
)
