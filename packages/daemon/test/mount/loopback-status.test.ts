// What fstat(2) tells is of the file that the client has open, whatever becomes of its names, its other descriptors,
// and the numbers that it had: nothing is cached, and each fstat is a request.

import { testAsBeneath } from '../support/as-beneath.js'
import { testWorkers } from '../support/mount-test.js'

const request = { cache: 'none' } as const

testAsBeneath('an open file tells of itself, by each of its descriptors', {
  request,
  passes: true,
  script: `
def sizes(*fds): return [os.fstat(fd).st_size for fd in fds]
make('a', '1'); make('b', '22')
a, again, b = os.open('a', os.O_RDONLY), os.open('a', os.O_RDWR), os.open('b', os.O_RDONLY)
tell(sizes(a, again, b))
os.ftruncate(again, 5); tell(sizes(a, again, b))
os.truncate('b', 7); tell(sizes(a, again, b))
os.close(again); tell(sizes(a, b))
os.rename('a', 'b'); tell(sizes(a, b), os.fstat(a).st_nlink, os.fstat(b).st_nlink)
os.link('b', 'c'); tell(os.fstat(a).st_nlink)
os.chmod('c', 0o604); tell(oct(os.fstat(a).st_mode))
os.unlink('b'); os.unlink('c'); make('b', '333')
tell(sizes(a, b), os.fstat(a).st_nlink, os.stat('b').st_size)
os.close(a); os.close(b)
made = os.open('d', os.O_CREAT | os.O_WRONLY, 0o600)
os.write(made, b'55555'); tell(sizes(made))
os.mkdir('e'); inside = os.open('e', os.O_RDONLY)
os.mkdir('e/f'); tell(os.fstat(inside).st_nlink)
`,
  seen: [
    [[1, 1, 2]],
    [[5, 5, 2]],
    [[5, 5, 7]],
    [[5, 7]],
    [[5, 7], 1, 0],
    [2],
    ['0o100604'],
    [[5, 7], 0, 3],
    [[5]],
  ],
})

const OLD_SIZE = 3
/** Removes a file of which the client keeps an O_PATH descriptor, and opens new ones until one has its inode number. */
const SAME_NUMBER = `
import errno, json, os
fd = os.open('old', os.O_CREAT | os.O_WRONLY)
os.write(fd, bytes(${OLD_SIZE})); number = os.fstat(fd).st_ino
kept = os.open('old', os.O_PATH)
os.close(fd); os.unlink('old')
files = []
while len(files) < 500 and (not files or os.fstat(files[-1]).st_ino != number):
    files.append(os.open(f'new-{len(files)}', os.O_CREAT | os.O_WRONLY))
try: told = os.fstat(kept).st_size
except OSError as error: told = errno.errorcode[error.errno]
print(json.dumps([os.fstat(files[-1]).st_ino == number, told]))
`

testWorkers(
  'an open file with the inode number of one that is gone is not taken for it',
  { filesystem: 'loopback', workers: 4, ...request },
  async (t, mounted) => {
    const told = await mounted.run('python3', ['-c', SAME_NUMBER], { cwd: mounted.mountpoint })
    const [isReused, status] = JSON.parse(told)
    if (isReused !== true) t.comment('the filesystem beneath gave the number to no other file')
    // Where files are found by paths, a worker may still keep a descriptor of the old one.
    t.ok([OLD_SIZE, 'ESTALE'].includes(status), `${status}`)
  },
)

/** O_PATH descriptors, which are open on no worker, beside processes that open and close the same files. */
const OPENED_AND_CLOSED = `
import json, os, signal, sys
for index in range(4):
    with open(f'file-{index}', 'wb') as file: file.truncate(index + 1)
def open_and_close(first):
    while True:
        for index in range(4): os.close(os.open(f'file-{(first + index) % 4}', os.O_RDONLY))
children = []
for first in [0, 2]:
    child = os.fork()
    if child == 0: open_and_close(first)
    children.append(child)
kept = [os.open(f'file-{index}', os.O_PATH) for index in range(4)]
try: told = [[os.fstat(fd).st_size for fd in kept] for turn in range(2000)]
finally:
    for child in children: os.kill(child, signal.SIGKILL); os.waitpid(child, 0)
print(json.dumps([row for row in told if row != [1, 2, 3, 4]]))
`

testWorkers(
  'files that are opened and closed all the time tell of themselves',
  { filesystem: 'loopback', workers: 4, ...request },
  async (t, mounted) => {
    const told = await mounted.run('python3', ['-c', OPENED_AND_CLOSED], {
      cwd: mounted.mountpoint,
    })
    t.same(JSON.parse(told), [])
    t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
  },
)
