// Who owns what is made through the loopback, and who may do what: as on the filesystem beneath.

import { testAsBeneath } from '../support/as-beneath.js'

testAsBeneath('new files belong to who made them, set-group-ID directories give their group', {
  script: `
os.umask(0o027)
for name, mode, gid in [('open', 0o777, 0), ('sgid', 0o2777, 3000), ('shared', 0o770, 2000), ('closed', 0o755, 0)]:
    os.mkdir(name); os.chown(name, 0, gid); os.chmod(name, mode)
def work(parent):
    os.mkdir(parent + '/directory')
    make(parent + '/file', 'text')
    os.symlink('target', parent + '/link')
    os.mkfifo(parent + '/fifo', 0o666)
    os.close(os.open(parent + '/sgid-file', os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o2775))
    return [mode_of(parent + '/' + name) for name in sorted(os.listdir(parent))]
for parent in ['open', 'sgid', 'shared', 'closed']:
    tell(parent, as_user(1234, 1235, [2000], lambda: work(parent)))
tell('shared', as_user(1234, 1235, [], lambda: work('shared')))
os.mkdir('team'); os.chown('team', 0, 2000); os.chmod('team', 0o2770)
tell('team', as_user(1234, 1235, [2000], lambda: work('team')))
tell('device', as_user(1234, 1235, [], lambda: os.mknod('open/null', stat.S_IFCHR | 0o666, os.makedev(1, 3))))
os.mknod('open/null', stat.S_IFCHR | 0o666, os.makedev(1, 3))
tell('device', mode_of('open/null'), os.lstat('open/null').st_rdev)
`,
  seen: [
    ['open', [['0o40750', 1234, 1235]]],
    ['sgid', [['0o42750', 1234, 3000]]],
    ['shared', [['0o40750', 1234, 1235]]],
    ['closed', 'EACCES'],
    ['shared', 'EACCES'],
    ['team', [['0o42750', 1234, 2000]]],
    ['device', 'EPERM'],
    ['device', ['0o20640', 0, 0], 259],
  ],
})

testAsBeneath('chown, chmod and writing clear what they clear beneath', {
  passes: true,
  script: `
def fresh(name, mode, uid=1234, gid=1235):
    make(name, 'text'); os.chown(name, uid, gid); os.chmod(name, mode)
fresh('a', 0o6755)
tell('chown by root', attempt(os.chown, 'a', 4321, -1), mode_of('a'))
fresh('b', 0o6755)
tell('chgrp by owner', as_user(1234, 1235, [7], lambda: os.chown('b', -1, 7)), mode_of('b'))
fresh('c', 0o755)
tell('sgid of a foreign group', as_user(1234, 9, [], lambda: os.chmod('c', 0o2755)), mode_of('c'))
def append(name):
    with open(name, 'a') as file: file.write('more')
fresh('d', 0o6777)
tell('write by owner', as_user(1234, 1235, [], lambda: append('d')), mode_of('d'), os.stat('d').st_size)
fresh('e', 0o6777)
tell('write by root', append('e'), mode_of('e'))
fresh('f', 0o6777)
tell('truncate by another', as_user(77, 77, [], lambda: os.truncate('f', 2)), mode_of('f'))
fresh('g', 0o6777)
tell('O_TRUNC by another', as_user(77, 77, [], lambda: make('g')), mode_of('g'), os.stat('g').st_size)
tell('chmod by another', as_user(77, 77, [], lambda: os.chmod('g', 0o600)))
tell('utime by another', as_user(77, 77, [], lambda: os.utime('g', (1, 1))), as_user(77, 77, [], lambda: os.utime('g')))
tell('truncate refused', as_user(77, 77, [], lambda: os.truncate('c', 0)))
for mode in [0o6755, 0o2745, 0o4711, 0o2644]:
    for uid, groups in [(0, []), (1234, []), (1234, [1235]), (1234, [9])]:
        fresh('h', mode, 1234, 9)
        tell('chown', oct(mode), uid, groups, as_user(uid, 1235, groups, lambda: os.chown('h', -1, 1235)), mode_of('h'))
        fresh('h', mode, 1234, 9)
        tell('same', oct(mode), uid, groups, as_user(uid, 1235, groups, lambda: os.chown('h', 1234, 9)), mode_of('h'))
        fresh('h', mode, 1234, 9)
        tell('none', oct(mode), uid, groups, as_user(uid, 1235, groups, lambda: os.chown('h', -1, -1)), mode_of('h'))
os.mkdir('sticky'); os.chmod('sticky', 0o1777)
make('sticky/file'); os.chown('sticky/file', 1234, 1234)
tell('sticky', as_user(77, 77, [], lambda: os.unlink('sticky/file')), as_user(1234, 77, [], lambda: os.unlink('sticky/file')))
`,
  seen: [
    ['chown by root', null, ['0o100755', 4321, 1235]],
    ['chgrp by owner', null],
    ['sgid of a foreign group', null, ['0o100755', 1234, 1235]],
    ['write by owner', null, ['0o100777', 1234, 1235], 8],
    ['write by root', null, ['0o106777', 1234, 1235]],
    ['truncate by another', null, ['0o100777', 1234, 1235]],
    ['O_TRUNC by another', null, ['0o100777', 1234, 1235], 0],
    ['chmod by another', 'EPERM'],
    ['utime by another', 'EPERM', null],
    ['truncate refused', 'EACCES'],
    ['chown', '0o6755', 0, [], null, ['0o100755', 1234, 1235]],
  ],
})

testAsBeneath(
  'members of its group keep the set-group-ID bit of a file that the group cannot run',
  {
    script: `
def put():
    with open('file', 'r+') as file: file.write('new')
def truncate_open():
    with open('file', 'r+') as file: os.ftruncate(file.fileno(), 1)
changes = [('write', put), ('truncate', lambda: os.truncate('file', 1)), ('ftruncate', truncate_open),
    ('O_TRUNC', lambda: make('file')), ('O_RDONLY', lambda: os.close(os.open('file', os.O_RDONLY | os.O_TRUNC)))]
for mode in [0o2666, 0o2676, 0o6766]:
    for uid, gid, groups in [(77, 7, [9]), (77, 7, []), (1234, 9, []), (1234, 7, []), (0, 0, [])]:
        for name, change in changes:
            make('file', 'text'); os.chown('file', 1234, 9); os.chmod('file', mode)
            done = as_user(uid, gid, groups, change)
            tell(name, oct(mode), uid, gid, groups, done, mode_of('file'), os.stat('file').st_size)
`,
    seen: [
      ['write', '0o2666', 77, 7, [9], null, ['0o102666', 1234, 9], 4],
      ['truncate', '0o2666', 77, 7, [9], null, ['0o102666', 1234, 9], 1],
      ['ftruncate', '0o2666', 77, 7, [9], null, ['0o102666', 1234, 9], 1],
      ['O_TRUNC', '0o2666', 77, 7, [9], null, ['0o102666', 1234, 9], 0],
      ['O_RDONLY', '0o2666', 77, 7, [9], null, ['0o102666', 1234, 9], 0],
      ['write', '0o2666', 77, 7, [], null, ['0o100666', 1234, 9], 4],
    ],
  },
)
