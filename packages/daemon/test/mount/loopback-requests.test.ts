// How many requests the kernel makes of the loopback for a file that is made, written, closed and removed.

import { testMount } from '../support/mount-test.js'

const CYCLES = 100

for (const [acl, requests, what] of [
  // LOOKUP, CREATE, WRITE, RELEASE, LOOKUP, UNLINK.
  [false, 6, 'one for each step'],
  // A GETATTR for each directory and file that the kernel checks the permissions of.
  [true, 11, 'and the permissions that the kernel checks'],
] as const)
  testMount(
    `acl=${acl}, nothing cached: ${requests} requests for a file that comes and goes, ${what}`,
    {
      filesystem: 'loopback',
      workers: 1,
      cache: 'none',
      set: { acl },
      mountOptions: { no_default_permissions: true },
    },
    async (t, mounted) => {
      const count = async (cycles: number): Promise<number> => {
        const before = (await mounted.status()).counters.requests
        await mounted.call(
          ({ fs }, path, cycles) => {
            for (let cycle = 0; cycle < cycles; cycle += 1) {
              const fd = fs.openSync(path, 'w')
              fs.writeSync(fd, 'text')
              fs.closeSync(fd)
              fs.unlinkSync(path)
            }
          },
          mounted.path('file'),
          cycles,
        )
        return (await mounted.status()).counters.requests - before
      }
      // What comes once for all, and what status() costs, cancel out.
      await count(1)
      const few = await count(CYCLES)
      const many = await count(3 * CYCLES)
      const each = (many - few) / (2 * CYCLES)
      t.comment(`${each} requests`)
      t.ok(each >= requests - 0.1 && each <= requests + 0.1, `${each} requests`)
    },
  )
