// Passthrough on the kernel of this machine: who reads and writes, who is told, and which opens go together.

import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { whyNoMounts } from '../support/mount-environment.js'
import { testMount } from '../support/mount-test.js'
import type { Mounted, MountRequest } from '../support/mounted.js'
import { OrdinaryUser, whyNoOrdinaryUser } from '../support/ordinary-user.js'
import { waitUntil } from '../support/wait-until.js'

const PROGRAM = fileURLToPath(new URL('../support/passthrough-main.js', import.meta.url))
const CHECKOUT = fileURLToPath(new URL('../../../../', import.meta.url))
const PASSING = new URL('./filesystems/passing.js', import.meta.url)
const NONE = { byKernel: 0, openOtherwise: 0, otherFile: 0 }

function testPassthrough(
  name: string,
  request: Omit<MountRequest, 'workers'>,
  body: (t: Test, mounted: Mounted) => Promise<void>,
): void {
  for (const workers of [1, 4])
    testMount(`${name}, ${workers} workers`, { ...request, workers }, body)
}

/** Where a kernel has no passthrough there is nothing to see. */
async function isOffered(t: Test, mounted: Mounted): Promise<boolean> {
  const { parameters } = await mounted.status()
  const offered = parameters.offered.includes('PASSTHROUGH')
  if (!offered) t.comment('this kernel does not offer PASSTHROUGH')
  return offered
}

/** How often the daemon was asked. */
async function counts(mounted: Mounted): Promise<Readonly<Record<string, number>>> {
  const { operations } = await mounted.status()
  return Object.fromEntries(operations.map(({ name, count }) => [name, count]))
}

/** RELEASE comes some time after close(2). */
async function allReleased(mounted: Mounted): Promise<void> {
  await waitUntil('all files are released', async () => {
    const { OPEN = 0, CREATE = 0, RELEASE = 0 } = await counts(mounted)
    return OPEN + CREATE === RELEASE
  })
}

const LOOPBACK = { filesystem: 'loopback', set: { passthrough: true } } as const

testPassthrough(
  'data goes by the daemon, and sizes and times are fresh',
  LOOPBACK,
  async (t, m) => {
    if (!(await isOffered(t, m))) return
    const data = Buffer.alloc(3_000_000, 'passed through ')
    writeFileSync(join(m.source, 'read'), data)
    const seen = await m.call(
      ({ fs }, path, source) => {
        const read = fs.readFileSync(`${path}/read`).toString('latin1')
        const fd = fs.openSync(`${path}/written`, 'w+')
        const told: unknown[] = []
        for (const text of ['one', 'two', 'three']) {
          fs.writeSync(fd, text)
          told.push([
            fs.fstatSync(fd).size,
            fs.statSync(`${path}/written`).size,
            fs.statSync(`${source}/written`).mtimeMs === fs.statSync(`${path}/written`).mtimeMs,
            fs.readFileSync(`${source}/written`, 'utf8'),
          ])
        }
        // What is written beneath is seen at once, for there is no second copy of it.
        fs.writeFileSync(`${source}/written`, 'changed beneath')
        const buffer = Buffer.alloc(100)
        told.push(buffer.toString('latin1', 0, fs.readSync(fd, buffer, 0, 100, 0)))
        fs.closeSync(fd)
        return { read, told }
      },
      m.mountpoint,
      m.source,
    )
    t.ok(seen.read === data.toString('latin1'), 'all that was read is as beneath')
    t.same(seen.told, [
      [3, 3, true, 'one'],
      [6, 6, true, 'onetwo'],
      [11, 11, true, 'onetwothree'],
      'changed beneath',
    ])
    const { READ = 0, WRITE = 0, OPEN = 0 } = await counts(m)
    t.match({ READ, WRITE }, { READ: 0, WRITE: 0 }, 'no handler was asked')
    t.ok(OPEN > 0)
    await allReleased(m)
    const { passthrough } = await m.status()
    t.match(passthrough, { granted: true, active: 0, refused: NONE, reason: undefined })
    t.equal(passthrough.opens, 2)
    t.equal(m.daemon.log, '', 'nothing was worth a line in the log')
  },
)

testPassthrough('a mapping is of the file beneath', LOOPBACK, async (t, m) => {
  if (!(await isOffered(t, m))) return
  writeFileSync(join(m.source, 'file'), 'x'.repeat(8192))
  const script = `
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
mapped = mmap.mmap(fd, 8192)
mapped[:6] = b'mapped'
print(os.pread(os.open(sys.argv[2], os.O_RDONLY), 6, 0).decode())
beneath = os.open(sys.argv[2], os.O_RDWR)
os.pwrite(beneath, b'beneath', 4096)
print(mapped[4096:4103].decode())
mapped.flush()
`
  const told = await m.run('python3', ['-c', script, m.path('file'), join(m.source, 'file')])
  t.equal(told, 'mapped\nbeneath\n')
  t.match(await counts(m), { READ: undefined, WRITE: undefined })
})

testPassthrough('many opens of a file at once have one backing file', LOOPBACK, async (t, m) => {
  if (!(await isOffered(t, m))) return
  writeFileSync(join(m.source, 'file'), 'text')
  const holder = m.startCall(async ({ fs, timers }, path) => {
    const open = (): Promise<import('node:fs').promises.FileHandle> => fs.promises.open(path, 'r')
    const files = await Promise.all(Array.from({ length: 40 }, open))
    console.log('open')
    while (!fs.existsSync(`${path}-done`)) await timers.setTimeout(10)
    const texts = await Promise.all(files.map((file) => file.readFile('utf8')))
    for (const file of files) await file.close()
    return texts.every((text) => text === 'text')
  }, m.path('file'))
  await holder.printed('open')
  t.match((await m.status()).passthrough, { active: 1, opens: 40, refused: NONE })
  writeFileSync(join(m.source, 'file-done'), '')
  t.match(await holder.ended, { outcome: { value: true } })
  await allReleased(m)
  t.match((await m.status()).passthrough, { active: 0, opens: 40 })
})

testPassthrough('opens of all kinds beside each other', { filesystem: PASSING }, async (t, m) => {
  if (!(await isOffered(t, m))) return
  for (const name of ['file', 'other']) writeFileSync(join(m.source, name), `${name} beneath`)
  const openAll = (first: string): Promise<string[]> =>
    m.call(
      ({ fs }, path, first) => {
        const { O_NOATIME, O_RDONLY } = fs.constants
        const flags = [first, 'r', 'r+', O_RDONLY | O_NOATIME]
        const fds = flags.map((each) => fs.openSync(path, each))
        const buffer = Buffer.alloc(100)
        const texts = fds.map((fd) =>
          buffer.toString('utf8', 0, fs.readSync(fd, buffer, 0, 100, 0)),
        )
        for (const fd of fds) fs.closeSync(fd)
        return texts
      },
      m.path('file'),
      first,
    )
  const told: string[][] = []
  // Twice: a mode ends with the last RELEASE, which comes after close(2).
  for (const first of ['r', 'r+', 'r', 'r+']) {
    told.push(await openAll(first))
    await allReleased(m)
  }
  const passed = ['file beneath', 'file beneath', 'the handler', 'the handler']
  // Nothing goes by the daemon; what is read of the page cache ends where the file does.
  const ordinary = Array.from({ length: 4 }, () => 'the handler')
  const shown = told.map((round) => round.map((text) => text.replace(/\0+$/, '')))
  t.same(shown, [passed, ordinary, passed, ordinary], 'no open is refused')
  await allReleased(m)
  t.match((await m.status()).passthrough, {
    active: 0,
    opens: 4,
    refused: { byKernel: 0, openOtherwise: 4, otherFile: 2 },
  })
  t.equal(readFileSync(join(m.source, 'file'), 'utf8'), 'file beneath')
})

testPassthrough(
  'on a filesystem that is stacked too deep all is served by the handlers',
  { filesystem: 'loopback', set: { passthrough: true } },
  async (t, m) => {
    if (!(await isOffered(t, m))) return
    const upper = join(m.root, 'upper')
    await m.run('mkdir', ['-p', upper, join(m.root, 'work'), join(m.root, 'lower')])
    const layers = `lowerdir=${m.root}/lower,upperdir=${upper},workdir=${m.root}/work`
    await m.run('mkdir', [join(m.source, 'stacked')])
    const stacked = join(m.source, 'stacked')
    // Upper layers must support what overlayfs needs; where they do not, it cannot be stacked.
    const mounted = await m.attempt('mount', ['-t', 'overlay', 'overlay', '-o', layers, stacked])
    if (mounted.code !== 0) {
      t.comment(`no overlayfs here: ${mounted.stderr}`)
      return
    }
    try {
      writeFileSync(join(stacked, 'file'), 'stacked')
      t.equal(await m.run('cat', [m.path('stacked', 'file')]), 'stacked')
      t.match((await m.status()).passthrough, {
        granted: true,
        active: 0,
        opens: 0,
        refused: { byKernel: 1 },
        reason: 'ELOOP: the file is on a stacked filesystem (limits.maxStackDepth)',
      })
    } finally {
      await m.run('umount', ['-l', stacked])
    }
  },
)

testPassthrough(
  'a mount that does not ask for it has none',
  { filesystem: 'loopback' },
  async (t, m) => {
    writeFileSync(join(m.source, 'file'), 'text')
    t.equal(await m.run('cat', [m.path('file')]), 'text')
    t.match((await m.status()).passthrough, {
      granted: false,
      opens: 0,
      refused: NONE,
      reason: 'nobody asked for it',
    })
    t.ok(((await counts(m))['READ'] ?? 0) > 0)
  },
)

const skip = whyNoMounts() || whyNoOrdinaryUser()
t.test('a user without privilege gets ordinary opens, and is told why', { skip }, async (t) => {
  const user = await OrdinaryUser.start(t)
  await user.run('mkdir', 'source')
  await user.run('sh', '-c', 'echo text > source/file')
  const program = join(user.folder, 'checkout', relative(CHECKOUT, PROGRAM))
  const { stdout, stderr } = await user.run(
    process.execPath,
    program,
    join(user.folder, 'source'),
    user.mountpoint,
    'file',
  )
  t.equal(stderr, '')
  t.match(JSON.parse(stdout), {
    text: 'text\n',
    passthrough: { granted: false, opens: 0, active: 0, refused: NONE },
  })
  t.match(
    JSON.parse(stdout).passthrough.reason,
    /^the daemon has no CAP_SYS_ADMIN in the initial user namespace$|does not offer it$|came with protocol/,
  )
})
