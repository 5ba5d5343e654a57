// Under write-back the kernel makes the times of writes itself, and has them set when the file is closed: they must be
// such that the filesystem can keep, or they jump when it is asked the next time.

import { testMount } from '../support/mount-test.js'

const filesystem = new URL('./filesystems/recorded-times.js', import.meta.url)

for (const timeGranularity of [1, 1000, 1_000_000_000]) {
  testMount(
    `timeGranularity ${timeGranularity}: what clients see is what the filesystem is given`,
    { filesystem, workers: 1, cache: 'writeback', limits: { timeGranularity } },
    async (t, mounted) => {
      const seen = await mounted.call(({ fs }, path) => {
        const file = fs.openSync(path, 'r+')
        fs.writeSync(file, 'text')
        const { mtimeNs } = fs.fstatSync(file, { bigint: true })
        fs.closeSync(file)
        return String(mtimeNs)
      }, mounted.path('file'))
      t.equal(BigInt(seen) % BigInt(timeGranularity), 0n)
      t.same(mounted.events(), [{ mtime: seen }])
    },
  )
}
