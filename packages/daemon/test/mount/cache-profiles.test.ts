// What each cache profile saves and shows on a mount, by the requests that reach the loopback.

import { appendFileSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CacheChoice } from '@fuseloop/core'
import type { Test } from 'tap'
import { testMount } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'

/** Long enough for any machine: nothing in here waits for a timeout. */
const LONG_MS = 600_000

type Counts = Readonly<Record<string, number>>

async function counts(mounted: Mounted): Promise<Counts> {
  const { operations } = await mounted.status()
  return Object.fromEntries(operations.map(({ name, count }) => [name, count]))
}

/** How many requests of these opcodes `action` brings. */
async function requests(
  mounted: Mounted,
  opcodes: readonly string[],
  action: () => Promise<unknown>,
): Promise<number[]> {
  const before = await counts(mounted)
  await action()
  const after = await counts(mounted)
  return opcodes.map((opcode) => (after[opcode] ?? 0) - (before[opcode] ?? 0))
}

function read(mounted: Mounted): Promise<string> {
  return mounted.call(({ fs }, file) => fs.readFileSync(file, 'utf8'), mounted.path('file'))
}

/** A loopback over a file `file` that holds `first`, changed last in 2001. */
function testProfile(
  name: string,
  cache: CacheChoice,
  body: (t: Test, mounted: Mounted) => Promise<void>,
): void {
  testMount(name, { filesystem: 'loopback', workers: 2, cache }, async (t, mounted) => {
    writeFileSync(join(mounted.source, 'file'), 'first')
    utimesSync(join(mounted.source, 'file'), 1e9, 1e9)
    symlinkSync('file', join(mounted.source, 'link'))
    await body(t, mounted)
    t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
  })
}

testProfile('none: each use asks, and sees what is there', 'none', async (t, mounted) => {
  const { mountpoint } = mounted
  await read(mounted)
  const [lookups = 0, reads = 0] = await requests(mounted, ['LOOKUP', 'READ'], () =>
    mounted.call(({ fs }, folder) => {
      const file = fs.openSync(`${folder}/file`, 'r')
      for (let turn = 0; turn < 3; turn++) {
        fs.readSync(file, Buffer.alloc(5), 0, 5, 0)
        fs.statSync(`${folder}/file`)
      }
      fs.closeSync(file)
    }, mountpoint),
  )
  t.ok(lookups >= 4, `${lookups} LOOKUPs of four walks`)
  t.equal(reads, 3)
  writeFileSync(join(mounted.source, 'file'), 'other')
  t.equal(await read(mounted), 'other')
})

testProfile(
  'ttl: names and attributes are trusted, an open reads anew',
  { profile: 'ttl', entryTimeoutMs: LONG_MS, attributesTimeoutMs: LONG_MS },
  async (t, mounted) => {
    await read(mounted)
    const asked = ['LOOKUP', 'GETATTR', 'READ']
    const [lookups, getattrs, reads = 0] = await requests(mounted, asked, () => read(mounted))
    t.same([lookups, getattrs], [0, 0])
    t.ok(reads > 0, `${reads} READs`)
  },
)

testProfile(
  'closeToOpen: an open compares, and reads what has changed',
  'closeToOpen',
  async (t, mounted) => {
    await read(mounted)
    const [lookups = 0, reads] = await requests(mounted, ['LOOKUP', 'READ'], () => read(mounted))
    t.ok(lookups > 0, `${lookups} LOOKUPs`)
    t.equal(reads, 0, 'nothing has changed')
    writeFileSync(join(mounted.source, 'file'), 'second version')
    const seen: string[] = []
    const [again = 0] = await requests(mounted, ['READ'], async () =>
      seen.push(await read(mounted)),
    )
    t.same(seen, ['second version'])
    t.ok(again > 0, `${again} READs`)
  },
)

testProfile('immutable: nothing is asked again', 'immutable', async (t, mounted) => {
  const use = (): Promise<unknown> =>
    mounted.call(
      ({ fs }, folder) => [
        fs.readdirSync(folder),
        fs.readlinkSync(`${folder}/link`),
        fs.readFileSync(`${folder}/file`, 'utf8'),
        fs.existsSync(`${folder}/missing`),
      ],
      mounted.mountpoint,
    )
  const expected = [['file', 'link'], 'file', 'first', false]
  // The root's mtime is unknown when its listing is first taken, which is therefore taken once more; and what was
  // taken from the daemon makes the atime unknown, which the next opendir(3) asks for.
  for (let turn = 0; turn < 3; turn++) t.same(await use(), expected)
  writeFileSync(join(mounted.source, 'file'), 'other')
  const seen: unknown[] = []
  const asked = ['LOOKUP', 'GETATTR', 'READ', 'READLINK', 'READDIR', 'READDIRPLUS']
  t.same(
    await requests(mounted, asked, async () => seen.push(await use())),
    asked.map(() => 0),
  )
  t.same(seen, [expected], 'what it takes for granted it does not look at')
})

for (const isWriteback of [true, false]) {
  const cache = isWriteback ? 'writeback' : 'ttl'
  testProfile(
    `${cache}: small writes ${isWriteback ? 'are merged' : 'come one by one'}`,
    cache,
    async (t, mounted) => {
      const [writes = 0] = await requests(mounted, ['WRITE'], () =>
        mounted.call(({ fs }, file) => {
          const opened = fs.openSync(file, 'w')
          for (let turn = 0; turn < 200; turn++) fs.writeSync(opened, 'ten bytes.')
          fs.fsyncSync(opened)
          fs.closeSync(opened)
        }, mounted.path('new')),
      )
      if (isWriteback) t.ok(writes >= 1 && writes <= 20, `${writes} WRITEs of 200`)
      else t.equal(writes, 200)
      t.equal(readFileSync(join(mounted.source, 'new'), 'utf8'), 'ten bytes.'.repeat(200))
    },
  )
}

testProfile(
  'writeback: parts of pages, appends and times are as on a disk',
  'writeback',
  async (t, mounted) => {
    const beneath = join(mounted.source, 'file')
    appendFileSync(beneath, ' and more')
    const seen = await mounted.call(({ fs }, file) => {
      // Opened for writing only: the rest of the page is read all the same.
      const part = fs.openSync(file, fs.constants.O_WRONLY)
      fs.writeSync(part, 'F', 0)
      fs.closeSync(part)
      const append = fs.openSync(file, 'a')
      fs.writeSync(append, ', one')
      fs.writeSync(append, ', two')
      fs.closeSync(append)
      const text = fs.readFileSync(file, 'utf8')
      fs.utimesSync(file, 2e9, 2e9)
      return { text, mtime: fs.statSync(file).mtimeMs }
    }, mounted.path('file'))
    t.same(seen, { text: 'First and more, one, two', mtime: 2e12 })
    await mounted.run('sync', ['-f', mounted.mountpoint])
    t.equal(readFileSync(beneath, 'utf8'), 'First and more, one, two')
  },
)

testMount(
  'limits: read-ahead goes beyond what the kernel offers',
  { filesystem: 'loopback', workers: 1, limits: { maxReadahead: 4 * 2 ** 20, maxBackground: 30 } },
  async (t, mounted) => {
    const { parameters } = await mounted.status()
    t.equal(parameters.maxBackground, 30)
    const info = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
    const device = info.find((line) => line.split(' ')[4] === mounted.mountpoint)?.split(' ')[2]
    const kibibytes = readFileSync(`/sys/class/bdi/${device}/read_ahead_kb`, 'utf8').trim()
    if (mounted.daemon.log === '') t.equal(kibibytes, '4096')
    else t.match(mounted.daemon.log, /^fuseloop: read-ahead stays at \d+ bytes: EACCES/)
  },
)
