// Two processes share a file by MAP_SHARED, by write(2) and read(2), and by a file that grows: each sees what the other did.

import { join } from 'node:path'

const PROGRAM = `
import mmap, os, sys
path, beneath = sys.argv[1], sys.argv[2]
size = 8 << 20
fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
os.ftruncate(fd, size)
to_child, to_parent = os.pipe(), os.pipe()
def tell(pipe): os.write(pipe[1], b'.')
def wait(pipe):
    if os.read(pipe[0], 1) != b'.': sys.exit('the other one is gone')
def expect(what, got, wanted):
    if got != wanted: sys.exit('%s: %r, not %r' % (what, bytes(got[:20]), wanted[:20]))
places = [0, 4093, 8192, 1 << 20, size - 7]
if os.fork() == 0:
    os.close(to_child[1]); os.close(to_parent[0])
    own = os.open(path, os.O_RDWR)
    view = mmap.mmap(own, size)
    wait(to_child)
    for at in places: expect('mapped by the child', view[at:at + 5], b'store')
    for at in places: view[at:at + 5] = b'reply'
    tell(to_parent); wait(to_child)
    for at in places: expect('mapped after write(2)', view[at:at + 5], b'wrote')
    for at in places: os.pwrite(own, b'child', at)
    tell(to_parent); wait(to_child)
    view.resize(2 * size)
    expect('mapped beyond the former end', view[size + 100:size + 105], b'grown')
    tell(to_parent)
    os._exit(0)
os.close(to_child[0]); os.close(to_parent[1])
view = mmap.mmap(fd, size)
for at in places: view[at:at + 5] = b'store'
tell(to_child); wait(to_parent)
for at in places: expect('read(2) of what is mapped', os.pread(fd, 5, at), b'reply')
for at in places: os.pwrite(fd, b'wrote', at)
tell(to_child); wait(to_parent)
for at in places: expect('mapped after write(2) elsewhere', view[at:at + 5], b'child')
os.pwrite(fd, b'grown', size + 100)
os.ftruncate(fd, 2 * size)
tell(to_child); wait(to_parent)
if os.waitstatus_to_exitcode(os.wait()[1]) != 0: sys.exit('the child failed')
private = mmap.mmap(fd, size, flags=mmap.MAP_PRIVATE)
private[0:5] = b'hides'
expect('file after a private store', os.pread(fd, 5, 0), b'child')
view[0:5] = b'saved'
view.flush()
os.fsync(fd)
with open(beneath, 'rb') as below:
    expect('beneath after msync(2)', below.read(5), b'saved')
    below.seek(4093)
    expect('beneath', below.read(5), b'child')
print('coherent')
`

export async function mmapCoherence({ name, folder, beneath, mustRun, results }) {
  const files = [join(folder, 'shared'), join(beneath, 'shared')]
  for (let round = 1; round <= 3; round += 1) {
    const told = await mustRun('python3', ['-c', PROGRAM, ...files], { seconds: 60 })
    results.check(`${name}: round ${round}`, told === 'coherent\n' ? '' : told)
    await mustRun('rm', [files[0]])
  }
}
