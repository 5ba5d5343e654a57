// The other direction of the mount helper's protocol: libfuse's own client, in its example `hello`, with our helper.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const HELPER = join(PACKAGE, 'build', 'Release', 'fuseloop-fusermount')
/** Where Debian's libfuse3-dev has it. */
const SOURCE = '/usr/share/doc/libfuse3-dev/examples/hello.c'
const DEADLINE_MS = 300_000

t.setTimeout(2 * DEADLINE_MS)

function run(program: string, args: readonly string[]): string {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: DEADLINE_MS,
  })
  if (status === 0) return stdout
  throw new Error(`${program}: ${error?.message ?? signal ?? status}\n${stdout}${stderr}`)
}

function obstacle(): string | false {
  // A minimal installation leaves /usr/share/doc out.
  if (!existsSync(SOURCE)) return `needs ${SOURCE} of libfuse3-dev`
  if (process.env['CI'] === 'true') return false
  return process.getuid?.() === 0 && existsSync('/dev/fuse') ? false : 'needs root and /dev/fuse'
}

t.test(
  'hello of libfuse mounts through fuseloop-fusermount',
  {
    skip: obstacle(),
  },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'fuseloop-hello-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const hello = join(folder, 'hello')
    const flags = run('pkg-config', ['--cflags', '--libs', 'fuse3']).trim().split(/\s+/)
    run('cc', [SOURCE, ...flags, '-o', hello])
    const script = join(PACKAGE, 'test', 'libfuse-hello.sh')
    const said = run('unshare', ['--mount', '--kill-child', '--fork', 'sh', script, HELPER, hello])
    t.match(said, /^fuseloop-fusermount version: /, "it is our helper in fusermount3's place")
    t.match(said, 'fuse.hello a,b rw,user_id=65534,group_id=65534', 'it mounts for the user')
    t.match(said, 'Hello World!\nhello ended\n', 'the file is read, -u ends it')
    t.match(said, 'auto_unmount unmounted', 'a killed one is unmounted')
  },
)
