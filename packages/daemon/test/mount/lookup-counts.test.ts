// Lookup counts of the loopback are exact: whatever programs have done in parallel, what the kernel forgets is forgotten.

import { testMount, testWorkers } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

/** Each in the mounted directory, beside all others; ENOENT, where another was faster, is the other's right. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'lists by READDIR and READDIRPLUS': 'for i in 1 2; do find . -ls; ls -lR; ls -R; done',
  'reads what is there': 'for i in 1 2; do find . -type f -exec cat {} +; done',
  'links and unlinks':
    'for i in $(seq 40); do ln -f d1/f$i d2/l$i; ln -f d2/l$i d3/l$i; rm -f d2/l$i; done',
  'moves over others': 'for i in $(seq 30); do mv -f d3/f$i d4/f$i; mv -f d4/f$i d3/g$i; done',
  'moves directories': 'for i in $(seq 20); do mv -T d5 d6/d5; mv -T d6/d5 d5; done',
  'makes and removes':
    'for i in $(seq 20); do mkdir -p n/$i/sub; echo $i > n/$i/sub/file; ln -s x n/$i/link; rm -r n/$i; done',
  'looks for what is not there': 'for i in $(seq 60); do test -e none$i; test -e d1/none; done',
  'makes files at once with others': 'for i in $(seq 60); do echo one > same$i; rm -f same$i; done',
  'removes files at once with others':
    'for i in $(seq 60); do echo two > same$i; rm -f same$i; done',
}

const TREE = `
for d in 1 2 3 4 5 6; do
  mkdir -p d$d/deep/er
  for i in $(seq 60); do echo $d $i > d$d/f$i; done
  ln -s ../d1/f1 d$d/soft; ln d$d/f1 d$d/deep/er/hard
done`

/** Where the kernel may hold references that no program has, as of an open file that lives. */
const EXCHANGE = `
import ctypes, os, sys
libc = ctypes.CDLL(None)
os.chdir(sys.argv[1])
for turn in range(60):
    libc.renameat2(-100, b'd1', -100, b'd2', 2)
    fd = os.open('d4', os.O_TMPFILE | os.O_RDWR, 0o600)
    if turn % 2: os.link(f'/proc/self/fd/{fd}', f'd4/t{turn}', src_dir_fd=fd, follow_symlinks=True)
    os.close(fd)
    gone = os.open(f'd4/gone{turn}', os.O_CREAT | os.O_RDWR)
    os.unlink(f'd4/gone{turn}')
    os.fstat(gone); os.close(gone)
`

async function workInParallel(mounted: Mounted): Promise<void> {
  const cwd = mounted.mountpoint
  const shells = Object.values(PROGRAMS).map((script) =>
    mounted.attempt('sh', ['-c', script], { cwd }),
  )
  await Promise.all([...shells, mounted.run('python3', ['-c', EXCHANGE, cwd])])
}

const WAYS = [
  { workers: 1, handles: true },
  { workers: 4, handles: true },
  { workers: 4, handles: false },
]

for (const { workers, handles } of WAYS) {
  const test = workers === 1 ? testMount : testWorkers
  test(
    `after drop_caches only the root is known (${workers} workers, ${handles ? 'by handles' : 'by paths'})`,
    { filesystem: 'loopback', workers, set: { handles } },
    async (t, mounted) => {
      await mounted.run('sh', ['-ec', TREE], { cwd: mounted.mountpoint })
      const { nodes } = await mounted.status()
      t.ok(nodes.known > 360, `${nodes.known} nodes are known of a tree of 360 files`)
      await workInParallel(mounted)
      await mounted.run('sync', ['-f', mounted.mountpoint])
      await waitUntil('only the root is known', async () => {
        await mounted.run('sh', ['-c', 'echo 2 > /proc/sys/vm/drop_caches'])
        return (await mounted.status()).nodes.known === 1
      })
      t.equal((await mounted.status()).nodes.underflows, 0, 'nothing was forgotten too often')
      const again = await mounted.run('find', ['.', '-links', '+0'], { cwd: mounted.mountpoint })
      const beneath = await mounted.run('find', ['.'], { cwd: mounted.source })
      t.equal(again, beneath, 'all is found again')
      t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
    },
  )
}
