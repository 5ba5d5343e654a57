// Directories that are streamed, attributes that come with a listing, files without a name and names that change
// places, by the path API, as Linux asks for them.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testMount } from '../support/mount-test.js'

const filesystem = new URL('./filesystems/entries.js', import.meta.url)
const MILLION = 1_000_000

interface Seen {
  readonly listed?: string
  readonly entries?: number
}

testMount(
  'a million entries are listed piece by piece, whatever worker is asked',
  { filesystem, workers: 4 },
  async (t, mounted) => {
    const script = 'ls -U "$0" | wc -l'
    const { code, stdout } = await mounted.attempt('sh', ['-c', script, mounted.path('many')])
    t.equal(code, 0)
    t.equal(Number(stdout), MILLION)
    const pieces = mounted.events<Seen>().filter(({ listed }) => listed === '/many')
    const total = pieces.reduce((sum, { entries = 0 }) => sum + entries, 0)
    const most = Math.max(...pieces.map(({ entries = 0 }) => entries))
    // One entry of each piece was looked at and did not fit.
    t.ok(total >= MILLION && total <= MILLION + pieces.length, `${total} entries`)
    t.ok(most < 40_000, `${most} at most are taken at once`)
    t.same(
      await mounted.call(({ fs }, folder) => {
        const directory = fs.opendirSync(folder)
        const names = [1, 2, 3].map(() => directory.readSync()?.name)
        directory.closeSync()
        return names
      }, mounted.path('many')),
      ['n0', 'n1', 'n2'],
      'and one that is left is let go',
    )
  },
)

testMount(
  'attributes that come with a listing spare the LOOKUPs',
  { filesystem, workers: 2 },
  async (t, mounted) => {
    const listed = (await mounted.run('ls', ['-lU', mounted.path('few')])).trim().split('\n')
    t.equal(listed.length, 51, 'with the total')
    t.match(listed[50], /^-rw-r--r-- .* 7 .* n49$/)
    const { operations } = await mounted.status()
    const count = (wanted: string): number =>
      operations.find(({ name }) => name === wanted)?.count ?? 0
    t.ok(count('READDIRPLUS') >= 1)
    t.equal(count('LOOKUP'), 1, 'of the directory')
    t.ok(count('GETATTR') < 3)
    const inodes = await mounted.run('ls', ['-Ui', mounted.path('few')])
    t.match(inodes, /^\s*100 n0\n\s*101 n1\n/, 'd_ino is st_ino')
  },
)

const backing = mkdtempSync(join(tmpdir(), 'fuseloop-entries-'))
process.on('exit', () => rmSync(backing, { recursive: true, force: true }))

testMount(
  'files without a name are kept by one of four workers, whoever is asked; names change places',
  { filesystem, workers: 4, set: { backing } },
  async (t, mounted) => {
    const posix = import.meta.resolve('@fuseloop/native/posix')
    const seen = await mounted.call(
      async ({ fs }, folder, module) => {
        const { linkat, renameat2 } = (await import(
          module
        )) as typeof import('@fuseloop/native/posix')
        const O_TMPFILE = 0o20200000
        const told: unknown[] = []
        for (let round = 0; round < 8; round++) {
          const file = fs.openSync(folder, O_TMPFILE | fs.constants.O_RDWR, 0o600)
          fs.writeSync(file, `number ${round}`)
          const unnamed = `/proc/self/fd/${file}`
          // By the nodeid alone: a path leads to it that is no name.
          fs.chmodSync(unnamed, 0o640)
          const { size, nlink, mode } = fs.statSync(unnamed)
          linkat(-100, unnamed, -100, `${folder}/file${round}`, 0x400)
          fs.closeSync(file)
          told.push([size, nlink, mode & 0o777, fs.readFileSync(`${folder}/file${round}`, 'utf8')])
        }
        const rename = (name: string, newName: string, flags: number): string => {
          try {
            renameat2(-100, `${folder}/${name}`, -100, `${folder}/${newName}`, flags)
            return fs.readFileSync(`${folder}/${newName}`, 'utf8')
          } catch (error) {
            return (error as NodeJS.ErrnoException).code ?? ''
          }
        }
        const renames = [
          rename('file0', 'file1', 1),
          rename('file0', 'file1', 2),
          rename('file0', 'none', 2),
          rename('file0', 'new', 1),
        ]
        return { told, renames, first: fs.readFileSync(`${folder}/file1`, 'utf8') }
      },
      mounted.mountpoint,
      posix,
    )
    t.same(
      seen.told,
      Array.from({ length: 8 }, (_, round) => [8, 0, 0o640, `number ${round}`]),
    )
    t.same(seen.renames, ['EEXIST', 'number 0', 'ENOENT', 'number 1'])
    t.equal(seen.first, 'number 0')
    t.equal(mounted.daemon.log, '')
  },
)
