// A handle that is an object lives in one worker: every request on it gets there, whoever makes it.

import { testMount, testMountInAllLoops } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/object-handles.js', import.meta.url)

interface HandleEvent {
  readonly event: 'open' | 'release' | 'copy'
  readonly path: string
  readonly id: string
  readonly worker?: number
}

/** The ids of what was opened and released at `path`, once as many are released as were opened. */
async function handles(
  mounted: Mounted,
  path: string,
): Promise<{ opened: string[]; released: string[] }> {
  const ids = (event: string): string[] =>
    mounted
      .events<HandleEvent>()
      .filter((seen) => seen.event === event && seen.path === path)
      .map(({ id }) => id)
      .sort()
  // close(2) does not wait for RELEASE.
  await waitUntil(
    `everything opened at ${path} is released`,
    () => ids('open').length > 0 && ids('open').length === ids('release').length,
  )
  return { opened: ids('open'), released: ids('release') }
}

testMountInAllLoops(
  'an open file shared by many processes is read by one worker and released once',
  { filesystem },
  async (t, mounted) => {
    const codes = await mounted.call(async ({ fs, childProcess }, path) => {
      const file = fs.openSync(path, 'r+')
      const children = Array.from({ length: 8 }, () =>
        childProcess.spawn('dd', ['bs=4096', 'count=25', 'of=/dev/null'], {
          stdio: [file, 'ignore', 'ignore'],
        }),
      )
      fs.writeSync(file, 'text', 0)
      fs.fsyncSync(file)
      fs.ftruncateSync(file, 1 << 20)
      const ends = children.map((child) => new Promise((resolve) => child.once('exit', resolve)))
      const codes = await Promise.all(ends)
      fs.closeSync(file)
      return codes
    }, mounted.path('shared'))
    t.same(codes, new Array(8).fill(0))
    const { opened, released } = await handles(mounted, '/shared')
    t.equal(opened.length, 1)
    t.same(released, opened)
  },
)

testMountInAllLoops(
  'many open files of many clients each stay with their worker',
  { filesystem },
  async (t, mounted) => {
    const clients = Array.from({ length: 4 }, () =>
      mounted.call(async ({ fs }, path) => {
        const reads = Array.from({ length: 20 }, async () => {
          const file = await fs.promises.open(path)
          const pieces = await Promise.all(
            Array.from({ length: 8 }, (_, index) => file.read(Buffer.alloc(64), 0, 64, index * 64)),
          )
          await file.close()
          return new Set(pieces.map(({ buffer }) => buffer[0])).size
        })
        return await Promise.all(reads)
      }, mounted.path('many')),
    )
    const workersPerFile = (await Promise.all(clients)).flat()
    t.same(workersPerFile, new Array(80).fill(1), 'one worker serves each open file')
    const { opened, released } = await handles(mounted, '/many')
    t.equal(opened.length, 80)
    t.same(released, opened)
  },
)

testMountInAllLoops(
  'a directory handle that is an object is listed and released by its worker',
  { filesystem },
  async (t, mounted) => {
    const lists = await Promise.all(
      Array.from({ length: 4 }, () =>
        mounted.call(({ fs }, path) => fs.readdirSync(path), mounted.path('folder')),
      ),
    )
    for (const list of lists) t.equal(new Set(list).size, 5000)
    const { opened, released } = await handles(mounted, '/folder')
    t.equal(opened.length, 4)
    t.same(released, opened)
  },
)

testMount(
  'a copy between files of two workers is made by Linux, one within a worker by its handler',
  { filesystem, workers: 2 },
  async (t, mounted) => {
    const script = [
      'import os, sys',
      'files = [os.open(f"{sys.argv[1]}/copied-{n}", os.O_RDWR) for n in range(12)]',
      'print({os.copy_file_range(a, b, 1000, 0, 0) for a in files for b in files if a != b})',
    ].join('\n')
    t.equal(await mounted.run('python3', ['-c', script, mounted.mountpoint]), '{1000}\n')
    const events = mounted.events<HandleEvent>()
    const opened = events.filter(({ event }) => event === 'open')
    const own = (worker: number) => opened.filter((seen) => seen.worker === worker).length
    const within = [0, 1].map((worker) => own(worker) * (own(worker) - 1))
    const copies = events.filter(({ event }) => event === 'copy').length
    t.equal(copies, (within[0] as number) + (within[1] as number), `of ${own(0)} and ${own(1)}`)
  },
)

testMount(
  'when a worker dies its requests get EIO, its handles are lost, and another takes its seat',
  { filesystem, workers: 2 },
  async (t, mounted) => {
    const seen = await mounted.call(({ fs }, folder) => {
      const attempt = (use: () => unknown): unknown => {
        try {
          return use()
        } catch (error) {
          return (error as NodeJS.ErrnoException).code
        }
      }
      const files = Array.from({ length: 20 }, () => fs.openSync(`${folder}/other`, 'r'))
      const workers = files.map((file) => {
        const byte = Buffer.alloc(1)
        fs.readSync(file, byte, 0, 1, 0)
        return byte[0]
      })
      const doomed = fs.openSync(`${folder}/exit`, 'r')
      const exit = attempt(() => fs.readSync(doomed, Buffer.alloc(1), 0, 1, 0))
      const closeDoomed = attempt(() => fs.closeSync(doomed))
      const after = files.map((file) => attempt(() => fs.readSync(file, Buffer.alloc(1), 0, 1, 0)))
      const close = files.map((file) => attempt(() => fs.closeSync(file)))
      return { workers, exit, closeDoomed, after, close }
    }, mounted.mountpoint)

    t.equal(seen.exit, 'EIO', 'the request that it was serving')
    const dead = mounted.events<HandleEvent>().find(({ path }) => path === '/exit')?.worker
    t.same(
      seen.after,
      seen.workers.map((worker) => (worker === dead ? 'EIO' : 1)),
      'handles of the dead worker are lost, those of the other are not',
    )
    t.same(
      [seen.closeDoomed, ...seen.close].filter((error) => error !== undefined && error !== 'EIO'),
      [],
      'closing them ends at once',
    )
    await mounted.daemon.logged(new RegExp(`worker ${dead} ended`))
    await waitUntil('the replacement is there', async () =>
      (await mounted.status()).workers.every(({ alive }) => alive),
    )
    t.equal((await mounted.run('head', ['-c', '9', mounted.path('again')])).length, 9)
    // close(2) does not wait for RELEASE.
    await waitUntil('nothing waits', () => mounted.waiting === 0)
  },
)
