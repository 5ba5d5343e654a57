// An idmapped mount over a FUSE mount (ALLOW_IDMAP, mount_setattr(2)): owners are shown mapped, and makers are mapped
// back. The mount of it is never attached, so that nothing of it stays.

import { testMount } from '../support/mount-test.js'
import type { IdmappedEvent } from './filesystems/idmapped.js'

const filesystem = new URL('./filesystems/idmapped.js', import.meta.url)

/** Ids 0 to 9 of the filesystem are 1000 to 1009 to whoever comes by \`tree\`. */
const PROGRAM = `
import ctypes, errno, json, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
OPEN_TREE, MOUNT_SETATTR = 428, 442
CLONE_NEWUSER, OPEN_TREE_CLONE, AT_EMPTY_PATH, MOUNT_ATTR_IDMAP = 0x10000000, 1, 0x1000, 0x100000
def check(result):
    if result < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
def user_namespace():
    ready, enter = os.pipe(); leave, done = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(done)
        check(libc.unshare(CLONE_NEWUSER)); os.write(enter, b'x'); os.read(leave, 1); os._exit(0)
    os.close(enter)
    if os.read(ready, 1) != b'x': sys.exit('no user namespaces')
    for name in ['uid_map', 'gid_map']:
        with open(f'/proc/{child}/{name}', 'w') as file: file.write('0 1000 10')
    fd = os.open(f'/proc/{child}/ns/user', os.O_RDONLY)
    os.close(done); os.waitpid(child, 0)
    return fd
def idmapped(path):
    tree = check(libc.syscall(OPEN_TREE, -100, os.fsencode(path), OPEN_TREE_CLONE))
    attributes = struct.pack('<QQQQ', MOUNT_ATTR_IDMAP, 0, 0, user_namespace())
    check(libc.syscall(MOUNT_SETATTR, tree, b'', AT_EMPTY_PATH, attributes, len(attributes)))
    return tree
def attempt(call):
    try: return call()
    except OSError as error: return errno.errorcode[error.errno]
def as_user(uid, call):
    readable, writable = os.pipe()
    if os.fork() == 0:
        os.setgroups([]); os.setgid(uid); os.setuid(uid)
        os.write(writable, json.dumps(attempt(call)).encode()); os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as answer: return json.load(answer)
plain = os.open(sys.argv[1], os.O_RDONLY)
tree = idmapped(sys.argv[1])
def owner(name, fd):
    found = os.stat(name, dir_fd=fd, follow_symlinks=False)
    return [found.st_uid, found.st_gid]
def create(name): os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600, dir_fd=tree))
told = {
    'shown': {name: [owner(name, plain), owner(name, tree)] for name in ['0-0', '7-8', '5000-5000']},
    'made': [as_user(1003, call) for call in [
        lambda: os.mkdir('directory', dir_fd=tree), lambda: create('file'), lambda: os.symlink('x', 'link', dir_fd=tree)]],
    'owners': {name: [owner(name, plain), owner(name, tree)] for name in ['directory', 'file', 'link']},
    'no mapping': [attempt(lambda: create('none')), as_user(5000, lambda: create('none'))],
    'chown': [attempt(lambda: os.chown('file', 1005, 1006, dir_fd=tree)), owner('file', plain), owner('file', tree)],
    'chown to none': attempt(lambda: os.chown('file', 3, 3, dir_fd=tree)),
    'chmod': [as_user(1005, lambda: os.chmod('file', 0o640, dir_fd=tree)), as_user(1003, lambda: os.chmod('file', 0o666, dir_fd=tree))],
    'unlink': as_user(1003, lambda: os.unlink('link', dir_fd=tree)),
    'plain': as_user(1003, lambda: os.mkdir('plain', dir_fd=plain)),
}
print(json.dumps(told))
`

testMount(
  'owners are shown mapped, makers are mapped back, and who has no mapping makes nothing',
  {
    filesystem,
    workers: 1,
    mountOptions: { allow_other: true, default_permissions: true },
  },
  async (t, mounted) => {
    const { granted } = (await mounted.status()).parameters
    if (!granted.includes('ALLOW_IDMAP')) {
      t.pass('none', { skip: 'this kernel has no idmapped FUSE mounts (Linux 6.12)' })
      return
    }
    const told = JSON.parse(await mounted.run('python3', ['-c', PROGRAM, mounted.mountpoint]))
    const NOBODY = 65_534
    t.same(told, {
      shown: {
        '0-0': [
          [0, 0],
          [1000, 1000],
        ],
        '7-8': [
          [7, 8],
          [1007, 1008],
        ],
        '5000-5000': [
          [5000, 5000],
          [NOBODY, NOBODY],
        ],
      },
      made: [null, null, null],
      owners: Object.fromEntries(
        ['directory', 'file', 'link'].map((name) => [
          name,
          [
            [3, 3],
            [1003, 1003],
          ],
        ]),
      ),
      'no mapping': ['EOVERFLOW', 'EOVERFLOW'],
      chown: [null, [5, 6], [1005, 1006]],
      'chown to none': 'EOVERFLOW',
      chmod: [null, 'EPERM'],
      unlink: null,
      plain: null,
    })
    const events = mounted.events<IdmappedEvent>()
    const seen = (call: IdmappedEvent['call']): IdmappedEvent[] =>
      events.filter((event) => event.call === call)
    t.match(seen('mkdir'), [
      { path: '/directory', uid: 3, gid: 3 },
      { path: '/plain', uid: 1003, gid: 1003 },
    ])
    t.match(seen('create'), [{ path: '/file', uid: 3, gid: 3 }])
    t.match(seen('symlink'), [{ path: '/link', uid: 3, gid: 3 }])
    const [chown] = seen('setattr')
    t.match(chown, { path: '/file', changes: { uid: 5, gid: 6 } })
    // What is made is asked for its attributes by the same request.
    const looks = seen('getattr').filter(({ path }) => path === '/7-8')
    t.ok(looks.length > 0)
    for (const event of [...looks, ...seen('setattr'), ...seen('unlink')])
      t.notOk('uid' in event || 'gid' in event, `${event.call}: the kernel does not tell who asks`)
    t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
  },
)
