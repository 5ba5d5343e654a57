// Several names of one file, names that change hands, files without a name: as on the filesystem beneath.

import { testAsBeneath } from '../support/as-beneath.js'

testAsBeneath('hard links are one file, whatever is renamed, removed or made again', {
  script: `
make('one', 'text')
os.link('one', 'two'); os.mkdir('d'); os.link('two', 'd/three')
same = lambda *names: len({os.stat(name).st_ino for name in names}) == 1
tell(same('one', 'two', 'd/three'), os.stat('one').st_nlink)
os.rename('one', 'd/one'); os.unlink('two')
tell(os.stat('d/three').st_nlink, same('d/one', 'd/three'))
with open('d/three', 'a') as file: file.write(' more')
tell(read('d/one'))
tell(attempt(os.link, 'd', 'e'), attempt(os.link, 'd/one', 'd/three'), attempt(os.link, 'none', 'x'))
os.symlink('d/one', 'soft'); os.link('soft', 'softer', follow_symlinks=False)
tell(os.readlink('softer'), os.lstat('soft').st_nlink)
for round in range(50):
    make('again', str(round)); tell(read('again'), os.stat('again').st_nlink); os.unlink('again')
`,
  seen: [
    [true, 3],
    [2, true],
    ['text more'],
    ['EPERM', 'EEXIST', 'ENOENT'],
    ['d/one', 2],
    ['0', 1],
  ],
})

testAsBeneath('renameat2 keeps, exchanges and leaves whiteouts', {
  script: `
RENAME = lambda one, two, flags: system_call('renameat2', -100, one, -100, two, flags)
make('a', 'a'); make('b', 'b'); os.mkdir('d'); make('d/inside', 'inside')
tell(RENAME(b'a', b'b', 1), RENAME(b'a', b'new', 1), sorted(os.listdir('.')))
tell(RENAME(b'new', b'd', 2), read('d'), read('new/inside'))
tell(RENAME(b'new', b'none', 2), RENAME(b'b', b'd', 3), RENAME(b'b', b'd', 8))
tell(RENAME(b'b', b'moved', 4), mode_of('b'), os.lstat('b').st_rdev, read('moved'))
os.mkdir('deep'); os.mkdir('deep/er')
tell(attempt(os.rename, 'deep', 'deep/er/x'), attempt(os.rename, 'new', 'd'), attempt(os.rename, 'deep', 'new'))
`,
  seen: [
    ['EEXIST', 0, ['b', 'd', 'new']],
    [0, 'a', 'inside'],
    ['ENOENT', 'EINVAL', 'EINVAL'],
    [0, ['0o20000', 0, 0], 0, 'b'],
    ['EINVAL', 'ENOTDIR', 'ENOTEMPTY'],
  ],
})

testAsBeneath('a file without a name is one, and gets a name', {
  passes: true,
  script: `
os.umask(0o022)
fd = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o666)
os.write(fd, b'no name')
tell(os.listdir('.'), os.fstat(fd).st_nlink, oct(os.fstat(fd).st_mode), os.pread(fd, 9, 0).decode())
os.fchmod(fd, 0o640); os.fsync(fd)
link = lambda fd, name: system_call('linkat', -100, f'/proc/self/fd/{fd}'.encode(), -100, name, 0x400)
tell(link(fd, b'named'))
tell(read('named'), os.fstat(fd).st_nlink, mode_of('named'))
os.write(fd, b', but now'); os.close(fd)
tell(read('named'))
never = os.open('.', os.O_TMPFILE | os.O_EXCL | os.O_RDWR, 0o600)
tell(link(never, b'never'))
os.chmod('.', 0o777)
owned = lambda: (lambda fd: [os.fstat(fd).st_uid, os.fstat(fd).st_gid])(os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600))
tell(as_user(1234, 1235, [], owned))
`,
  seen: [
    [[], 0, '0o100644', 'no name'],
    [0],
    ['no name', 1, ['0o100640', 0, 0]],
    ['no name, but now'],
    ['ENOENT'],
    [[1234, 1235]],
  ],
})

testAsBeneath('what is unlinked while open goes on to be a file', {
  passes: true,
  script: `
fd = os.open('file', os.O_CREAT | os.O_RDWR, 0o644)
os.write(fd, b'before'); os.unlink('file')
os.write(fd, b' after'); os.fchmod(fd, 0o600); os.ftruncate(fd, 9); os.utime(fd, ns=(5, 6))
found = os.fstat(fd)
tell(os.pread(fd, 20, 0).decode(), found.st_nlink, found.st_size, oct(found.st_mode), found.st_mtime_ns)
again = os.open(f'/proc/self/fd/{fd}', os.O_RDONLY)
tell(os.read(again, 20).decode())
os.setxattr(fd, 'user.kept', b'value')
tell(os.getxattr(fd, 'user.kept').decode())
directory = os.open('.', os.O_RDONLY)
os.mkdir('gone'); inside = os.open('gone', os.O_RDONLY); os.rmdir('gone')
tell(os.fstat(inside).st_nlink, os.listdir(inside), attempt(os.mkdir, 'x', dir_fd=inside))
os.fsync(directory)
make('file', 'another')
tell(os.fstat(fd).st_nlink, read('file'))
`,
  seen: [
    ['before af', 0, 9, '0o100600', 6],
    ['before af'],
    ['value'],
    [0, [], 'ENOENT'],
    [0, 'another'],
  ],
})

testAsBeneath('a removed directory that is open goes on to be one, in each worker', {
  script: `
os.mkdir('gone'); inside = os.open('gone', os.O_RDONLY); os.rmdir('gone')
for cpu in sorted(os.sched_getaffinity(0)) * 2:
    os.sched_setaffinity(0, {cpu}) # On uring another worker is asked.
    time.sleep(1.1) # For as long the kernel answers by itself.
    tell(os.fstat(inside).st_nlink, os.listdir(inside), attempt(os.mkdir, 'x', dir_fd=inside))
os.fchmod(inside, 0o700)
tell(oct(os.fstat(inside).st_mode))
`,
  seen: [[0, [], 'ENOENT']],
})
