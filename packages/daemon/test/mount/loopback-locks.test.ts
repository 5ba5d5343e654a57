// Locks with locks=backing: among clients they are as beneath, and those beneath see them.

import { testAsBeneath } from '../support/as-beneath.js'
import { testMount } from '../support/mount-test.js'

const LOCKING = `
import signal, threading
def lock(fd, kind, start=0, length=0):
    return attempt(fcntl.lockf, fd, kind, length, start)
NOW = fcntl.LOCK_NB
`

testAsBeneath('locks of processes, of descriptors, of ranges', {
  request: { set: { locks: 'backing' } },
  script: `${LOCKING}
make('file', 'x' * 100)
one, same = os.open('file', os.O_RDWR), os.open('file', os.O_RDWR)
def elsewhere(call): return as_user(0, 0, [], lambda: call(os.open('file', os.O_RDWR)))
tell(lock(one, fcntl.LOCK_EX | NOW, 10, 10), lock(same, fcntl.LOCK_EX | NOW, 15, 10))
tell(elsewhere(lambda fd: [lock(fd, fcntl.LOCK_EX | NOW, 24, 1), lock(fd, fcntl.LOCK_SH | NOW, 12, 1), lock(fd, fcntl.LOCK_EX | NOW, 25, 0)]))
tell(lock(one, fcntl.LOCK_SH | NOW, 10, 5), elsewhere(lambda fd: [lock(fd, fcntl.LOCK_SH | NOW, 10, 5), lock(fd, fcntl.LOCK_EX | NOW, 10, 5)]))
tell(as_user(0, 0, [], lambda: lock(one, fcntl.LOCK_EX | NOW, 15, 1)))
for offset in [2**31, 2**53 + 1, 2**63 - 1]:
    tell(lock(one, fcntl.LOCK_EX | NOW, offset, 1), elsewhere(lambda fd: [lock(fd, fcntl.LOCK_EX | NOW, offset, 1), lock(fd, fcntl.LOCK_EX | NOW, offset - 1, 1)]))
os.close(same)
tell(elsewhere(lambda fd: lock(fd, fcntl.LOCK_EX | NOW)))
tell(attempt(fcntl.flock, one, fcntl.LOCK_EX | NOW), elsewhere(lambda fd: [attempt(fcntl.flock, fd, fcntl.LOCK_SH | NOW), lock(fd, fcntl.LOCK_EX | NOW)]))
other = os.open('file', os.O_RDWR)
tell(attempt(fcntl.flock, other, fcntl.LOCK_SH | NOW))
os.close(one); tell(attempt(fcntl.flock, other, fcntl.LOCK_SH | NOW))
# Waiting, until it is let go; and until a signal comes.
holder, told_by = os.pipe()
lock(other, fcntl.LOCK_EX)
child = os.fork()
if child == 0:
    os.close(holder)
    mine = os.open('file', os.O_RDWR)
    os.write(told_by, b'1')
    os.write(told_by, b'2' if lock(mine, fcntl.LOCK_EX, 5, 5) is None else b'x')
    os._exit(0)
os.close(told_by)
tell(os.read(holder, 1))
lock(other, fcntl.LOCK_UN)
tell(os.read(holder, 1)); os.waitpid(child, 0)
lock(other, fcntl.LOCK_EX)
class Interrupted(Exception): pass
def interrupted(fd):
    def alarm(*_): raise Interrupted
    signal.signal(signal.SIGALRM, alarm); signal.setitimer(signal.ITIMER_REAL, 0.3)
    try: return lock(fd, fcntl.LOCK_EX)
    except Interrupted: return 'interrupted'
tell(elsewhere(interrupted))
`,
  seen: [
    [null, null],
    [['EAGAIN', 'EAGAIN', null]],
    [null, [null, 'EAGAIN']],
    ['EAGAIN'],
    [null, ['EAGAIN', null]],
    [null, ['EAGAIN', null]],
    [null, ['EAGAIN', null]],
    [null],
    [null, ['EAGAIN', null]],
    ['EAGAIN'],
    [null],
    ['31'],
    ['32'],
    ['interrupted'],
  ],
})

for (const locks of ['local', 'backing']) {
  testMount(
    `locks=${locks}: programs beneath ${locks === 'local' ? 'do not see locks' : 'see locks, and theirs count'}`,
    { filesystem: 'loopback', workers: 4, set: { locks } },
    async (t, mounted) => {
      const script = `
import fcntl, os, sys
def attempt(call, *args):
    try: call(*args); return 'locked'
    except OSError as error: return 'refused'
above, beneath = (os.path.join(place, 'file') for place in sys.argv[1:])
open(above, 'w').close()
def child(path, call):
    readable, writable = os.pipe()
    if os.fork() == 0:
        os.write(writable, attempt(call, os.open(path, os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB).encode()); os._exit(0)
    os.close(writable)
    return os.fdopen(readable).read()
for call in [fcntl.lockf, fcntl.flock]:
    for held, tried in [(above, beneath), (beneath, above)]:
        fd = os.open(held, os.O_RDWR)
        call(fd, fcntl.LOCK_EX)
        print(child(tried, call))
        os.close(fd)
`
      const told = await mounted.run('python3', ['-c', script, mounted.mountpoint, mounted.source])
      const each = locks === 'local' ? 'locked' : 'refused'
      t.same(told.trim().split('\n'), [each, each, each, each])
    },
  )
}
