// A client that does with locks what a test tells it, one command a line: python3, whose fcntl module is the system
// calls themselves.

import type { ClientProcess, ClientResult } from './client-process.js'
import type { Mounted } from './mounted.js'

/**
 * Commands: lock, wait (F_SETLKW), test (F_GETLK), flock, flockwait with a type, and start and length where there are
 * ranges; fork (gives the child's pid), dup, close. Each is answered by a line: its number, and `ok`, a lock, or the
 * error's name.
 */
const PROGRAM = `
import errno, fcntl, os, signal, struct, sys
TYPES = {'read': fcntl.F_RDLCK, 'write': fcntl.F_WRLCK, 'unlock': fcntl.F_UNLCK}
FLOCKS = {'read': fcntl.LOCK_SH, 'write': fcntl.LOCK_EX, 'unlock': fcntl.LOCK_UN}
NAMES = {number: name for name, number in TYPES.items()}
class Interrupted(Exception): pass
def interrupted(*_): raise Interrupted()
signal.signal(signal.SIGUSR1, interrupted)
fds = [os.open(sys.argv[1], os.O_RDWR)]
def ranged(call, type, start=0, length=0):
    order = struct.pack('hhqqi4x', TYPES[type], os.SEEK_SET, int(start), int(length), 0)
    found = struct.unpack('hhqqi4x', fcntl.fcntl(fds[-1], call, order))
    return found if call == fcntl.F_GETLK else None
def run(name, *args):
    if name == 'lock': ranged(fcntl.F_SETLK, *args)
    elif name == 'wait': ranged(fcntl.F_SETLKW, *args)
    elif name == 'test':
        type, _, start, length, pid = ranged(fcntl.F_GETLK, *args)
        return 'unlock' if type == fcntl.F_UNLCK else f'{NAMES[type]} {start} {length} {pid}'
    elif name == 'flock': fcntl.flock(fds[-1], FLOCKS[args[0]] | fcntl.LOCK_NB)
    elif name == 'flockwait': fcntl.flock(fds[-1], FLOCKS[args[0]])
    elif name == 'dup': fds.append(os.dup(fds[-1]))
    elif name == 'close': os.close(fds.pop())
    elif name == 'fork':
        child = os.fork()
        if child == 0: os.execvp('sleep', ['sleep', '200'])
        return str(child)
    return 'ok'
for fd in fds: os.set_inheritable(fd, True)
for number, line in enumerate(sys.stdin):
    try: answer = run(*line.split())
    except Interrupted: answer = 'interrupted'
    except OSError as error: answer = errno.errorcode[error.errno].replace('EDEADLOCK', 'EDEADLK')
    print(f'{number}: {answer}.', flush=True)
`

export class LockClient {
  readonly process: ClientProcess
  #sent = 0

  constructor(mounted: Mounted, name: string) {
    this.process = mounted.start('python3', ['-c', PROGRAM, mounted.path(name)])
  }

  get pid(): number {
    return this.process.pid
  }

  /** What the command gives. */
  async do(command: string): Promise<string> {
    const number = this.begin(command)
    return await this.answer(number)
  }

  /** Starts a command that may wait; its number, for `answer`. */
  begin(command: string): number {
    this.process.write(`${command}\n`)
    return this.#sent++
  }

  async answer(number: number): Promise<string> {
    return await this.process.answered(new RegExp(`^${number}: (.*)\\.$`, 'm'))
  }

  /** Ends it as exit(2) does. */
  async end(): Promise<ClientResult> {
    this.process.endInput()
    return await this.process.ended
  }
}
