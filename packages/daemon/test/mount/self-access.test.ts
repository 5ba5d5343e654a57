// A process that uses its own mount: served in multi, refused at once in single. Never a hang.

import { testMount } from '../support/mount-test.js'

const EDEADLK = -35

interface Bindings {
  binding(name: 'pipe_wrap'): {
    readonly Pipe: new (type: number) => { open(fd: number): number }
    readonly constants: { readonly SOCKET: number }
  }
}

interface Report {
  readonly sharedObjects: readonly string[]
}

const errnoOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 0,
    (error: NodeJS.ErrnoException) => error.errno,
  )

testMount(
  'the mounting process reads its own mount in multi, blocked or not',
  { filesystem: 'hello', workers: 4 },
  async (t, mounted) => {
    const path = mounted.path('hello')
    t.equal(
      await mounted.inDaemon(({ fs }, path) => fs.readFileSync(path, 'utf8'), path),
      'hello\n',
    )
    const texts = await mounted.inDaemon(async ({ fs }, path) => {
      const reads = Array.from({ length: 64 }, () => fs.promises.readFile(path, 'utf8'))
      return await Promise.all(reads)
    }, path)
    t.same(texts, new Array(64).fill('hello\n'), '64 at once by the thread pool')
    const listed = await mounted.inDaemon(
      ({ fs, childProcess }, folder) => [
        fs.readdirSync(folder),
        childProcess.execFileSync('ls', [folder], { encoding: 'utf8' }),
      ],
      mounted.mountpoint,
    )
    t.same(listed, [['hello'], 'hello\n'], 'also while it waits for a child that uses it')
  },
)

testMount(
  'loopback works through its own process, which writes there too',
  { filesystem: 'loopback', workers: 2 },
  async (t, mounted) => {
    const text = await mounted.inDaemon(async ({ fs }, folder) => {
      fs.writeFileSync(`${folder}/one`, 'one')
      const names = Array.from({ length: 32 }, (_, index) => `${folder}/${index}`)
      await Promise.all(names.map((name) => fs.promises.copyFile(`${folder}/one`, name)))
      return fs.readFileSync(`${folder}/31`, 'utf8')
    }, mounted.mountpoint)
    t.equal(text, 'one')
  },
)

testMount(
  'the mounting process is refused with EDEADLK in single, and others are served',
  { filesystem: 'hello', loop: 'single' },
  async (t, mounted) => {
    const path = mounted.path('hello')
    t.equal(
      await errnoOf(mounted.inDaemon(({ fs }, path) => fs.readFileSync(path, 'utf8'), path)),
      EDEADLK,
      'a synchronous read',
    )
    const errors = await mounted.inDaemon(async ({ fs }, path) => {
      const reads = Array.from({ length: 64 }, () => fs.promises.readFile(path, 'utf8'))
      const settled = await Promise.allSettled(reads)
      return settled.map((read) => (read.status === 'rejected' ? read.reason.errno : read.value))
    }, path)
    t.same(errors, new Array(64).fill(EDEADLK), '64 reads by the thread pool')
    t.equal(await mounted.run('cat', [path]), 'hello\n', 'another process reads')
    t.equal(
      await errnoOf(
        mounted.inDaemon(({ fs }, folder) => fs.readdirSync(folder), mounted.mountpoint),
      ),
      EDEADLK,
      'also what others have made the kernel cache',
    )
    t.same(await mounted.inDaemon(({ session }) => session.unmount()), undefined, 'it can unmount')
    t.same(await mounted.daemon.closed, { reason: 'unmounted', lost: [] })
  },
)

for (const loop of ['multi', 'single'] as const) {
  testMount(
    `${loop}: the mounting process may watch a file of its own mount by epoll(7)`,
    { filesystem: 'hello', loop, ...(loop === 'multi' && { workers: 1 }) },
    async (t, mounted) => {
      // libuv takes no plain file for a stream, but a pipe handle asks not what it is given. epoll_ctl(2) then waits for
      // the answer to POLL, on the thread that runs the loop.
      const got = await mounted.inDaemon(async ({ fs }, path) => {
        const { Pipe, constants } = (process as unknown as Bindings).binding('pipe_wrap')
        const net = process.getBuiltinModule('node:net')
        try {
          const handle = new Pipe(constants.SOCKET)
          handle.open(fs.openSync(path, 'r'))
          const socket = new net.Socket({ handle } as object)
          for await (const data of socket) return String(data)
          return 'nothing'
        } catch (error) {
          return (error as NodeJS.ErrnoException).errno
        }
      }, mounted.path('hello'))
      t.equal(got, loop === 'multi' ? 'hello\n' : EDEADLK)
      t.equal(await mounted.run('cat', [mounted.path('hello')]), 'hello\n')
    },
  )

  testMount(
    `${loop}: the mounting process may map a file of its own mount`,
    { filesystem: 'loopback', loop, ...(loop === 'multi' && { workers: 1 }) },
    async (t, mounted) => {
      // dlopen(3) maps its file, and the pages that it touches are READs of this thread.
      const said = await mounted.inDaemon(
        ({ fs }, source, mountpoint) => {
          const { sharedObjects } = process.report.getReport() as unknown as Report
          const library = sharedObjects.find((path) => /\/libm[.-]/.test(path)) as string
          fs.copyFileSync(library, `${source}/library.so`)
          try {
            process.dlopen({ exports: {} }, `${mountpoint}/library.so`)
            return 'loaded'
          } catch (error) {
            return (error as Error).message
          }
        },
        mounted.source,
        mounted.mountpoint,
      )
      // It is loaded, and found to be no addon.
      t.match(said, loop === 'multi' ? /did not self-register/ : /Resource deadlock avoided/)
    },
  )
}
