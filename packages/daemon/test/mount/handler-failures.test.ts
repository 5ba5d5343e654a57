// Whatever a handler throws or returns, its client gets one errno, the log a line, and the mount lives.

import { CASES } from '../support/failure-cases.js'
import { testMountInAllLoops } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const OPCODES: Readonly<Record<string, string>> = { getattr: 'LOOKUP', readdir: 'READDIRPLUS' }

/** Uses each file in the way that calls the method of its name; what the client got, by name. */
async function provoke(
  mounted: Mounted,
  names: readonly string[],
): Promise<Record<string, string>> {
  return await mounted.call(
    ({ fs }, folder, names) => {
      const uses: Record<string, (path: string) => unknown> = {
        getattr: (path) => fs.statSync(path),
        open: (path) => fs.openSync(path, 'r'),
        opendir: (path) => fs.readdirSync(path),
        read: (path) => fs.readFileSync(path),
        write: (path) => fs.writeFileSync(path, 'text', { flag: 'r+' }),
        flush: (path) => fs.closeSync(fs.openSync(path, 'r')),
        readdir: (path) => fs.readdirSync(path),
        readlink: (path) => fs.readlinkSync(path),
        create: (path) => fs.openSync(path, 'wx'),
        unlink: (path) => fs.unlinkSync(path),
        mkdir: (path) => fs.mkdirSync(path),
      }
      const attempt = (name: string): string => {
        try {
          const result = uses[name.split(':')[0] ?? '']?.(`${folder}/${name}`)
          return `succeeded: ${String(result)}`
        } catch (error) {
          return (error as NodeJS.ErrnoException).code ?? String(error)
        }
      }
      return Object.fromEntries(names.map((name) => [name, attempt(name)]))
    },
    mounted.mountpoint,
    names,
  )
}

testMountInAllLoops(
  'a handler of the path API that fails is one errno for its client',
  { filesystem: new URL('./filesystems/failing.js', import.meta.url) },
  async (t, mounted) => {
    const seen = await provoke(
      mounted,
      CASES.map(([name]) => name),
    )
    t.same(seen, Object.fromEntries(CASES))
    for (const [name, code] of CASES) {
      const method = name.split(':')[0] as string
      const line = `${OPCODES[method] ?? method.toUpperCase()} (handler `
      if (code === 'EIO')
        await waitUntil(`the log has ${line}`, () => mounted.daemon.log.includes(line))
    }
    t.notMatch(mounted.daemon.log, /EACCES|ENOSPC|ENXIO/, 'errors of the filesystem are no news')
    t.equal(await mounted.run('cat', [mounted.path('good')]), 'good', 'the mount lives')
    const { workers } = await mounted.status()
    t.ok(
      workers.every(({ alive }) => alive),
      'and so do all workers',
    )
  },
)
