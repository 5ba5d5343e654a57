// Whatever a handler throws or returns, its client gets one errno, the log a line, and the mount lives.

import { testMountInAllLoops } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'

/** What fails: METHOD:FAILURE as filesystems/failing.ts reads it, and the errno for the client. */
type Case = readonly [name: string, code: string]

/** Thrown and rejected; the same for every method. */
const THROWN: readonly (readonly [string, string])[] = [
  ['throw-EACCES', 'EACCES'],
  ['throw-errno-exception', 'ENOSPC'],
  ['throw-ENOSYS', 'EIO'],
  ['throw-unknown-code', 'EIO'],
  ['throw-error', 'EIO'],
  ['throw-undefined', 'EIO'],
  ['throw-string', 'EIO'],
  ['throw-bare-object', 'EIO'],
  ['throw-hostile-object', 'EIO'],
  ['reject-ENXIO', 'ENXIO'],
  ['reject-error', 'EIO'],
  ['reject-undefined', 'EIO'],
]

const thrownBy = (...methods: string[]): Case[] =>
  methods.flatMap((method) => THROWN.map(([how, code]): Case => [`${method}:${how}`, code]))

const wrongResults = (method: string, ...failures: string[]): Case[] =>
  failures.map((failure): Case => [`${method}:${failure}`, 'EIO'])

const NO_COUNTS = ['NaN', 'negative', 'fraction', 'too-large', 'bigint', 'string', 'null'].concat([
  'undefined',
  'symbol',
  'function',
  'bare-object',
  'hostile-thenable',
])
const NO_ATTRIBUTES = [
  'NaN',
  'bigint',
  'string',
  'null',
  'undefined',
  'function',
  'bare-object',
].concat(['bad-mode', 'bad-size', 'bad-time'])
const NO_HANDLES = ['negative', 'fraction', 'NaN', 'bigint', 'string', 'null', 'bad-handle']
const NO_LISTS = [
  'negative',
  'string',
  'null',
  'undefined',
  'bare-object',
  'list-of-numbers',
].concat([
  'list-of-null',
  'list-with-slash',
  'list-with-empty',
  'list-that-throws',
  'list-of-promises',
])

const CASES: readonly Case[] = [
  ...thrownBy('getattr', 'open', 'read', 'write', 'flush', 'readdir', 'create', 'unlink', 'mkdir'),
  ...wrongResults('getattr', ...NO_ATTRIBUTES),
  ...wrongResults('read', ...NO_COUNTS),
  ...wrongResults('write', ...NO_COUNTS),
  ...wrongResults('open', ...NO_HANDLES),
  ...wrongResults('create', ...NO_HANDLES),
  ...wrongResults('opendir', ...NO_HANDLES),
  ...wrongResults('readdir', ...NO_LISTS),
  ...wrongResults('readlink', 'NaN', 'null', 'undefined', 'bare-object'),
]

const OPCODES: Readonly<Record<string, string>> = { getattr: 'LOOKUP' }

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
      const line = `${OPCODES[method] ?? method.toUpperCase()} (unique`
      if (code === 'EIO' && !mounted.daemon.log.includes(line)) t.fail(`the log lacks ${line}`)
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
