// What close(2) means to a filesystem: each close of each descriptor flushes, and is told what flush says; the last one
// releases, and is told nothing of that.

import { testMount } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/recorded-calls.js', import.meta.url)

interface Call {
  readonly event: string
  readonly path: string
}

const calls = (mounted: Mounted, event: string): Call[] =>
  mounted.events<Call>().filter((call) => call.event === event)

/** Opens a file, copies the descriptor in three ways, and closes all: the errno of each close. */
const COPIES = `
import errno, os, sys
def close(fd):
    try: os.close(fd)
    except OSError as error: return errno.errorcode[error.errno]
    return 'ok'
first = os.open(sys.argv[1], os.O_RDWR)
copy = os.dup(first)
other = os.dup2(first, first + 10)
child = os.fork()
if child == 0: os._exit(0)
os.waitpid(child, 0)
print(close(copy), close(other), close(first))
`

testMount(
  'every close of a copied descriptor flushes, and the last one releases',
  { filesystem, workers: 2 },
  async (t, mounted) => {
    const run = (name: string): Promise<string> =>
      mounted.run('python3', ['-c', COPIES, mounted.path(name)])
    t.equal(await run('file'), 'ok ok ok\n')
    await waitUntil('it is released', () => calls(mounted, 'release').length > 0)
    // The child closed its three as it ended.
    t.equal(calls(mounted, 'flush').length, 6)
    t.same(
      mounted
        .events<Call>()
        .map(({ event }) => event)
        .lastIndexOf('flush'),
      5,
      'then',
    )
    t.same(calls(mounted, 'release'), [{ event: 'release', path: '/file' }], 'once')
  },
)

testMount(
  'each close is told what flush says, and none what release says',
  { filesystem, workers: 2 },
  async (t, mounted) => {
    const run = (name: string): Promise<string> =>
      mounted.run('python3', ['-c', COPIES, mounted.path(name)])
    t.equal(await run('full'), 'ENOSPC ENOSPC ENOSPC\n')
    t.equal(await run('late'), 'ok ok ok\n')
    await waitUntil('both are released', () => calls(mounted, 'release').length === 2)
  },
)
