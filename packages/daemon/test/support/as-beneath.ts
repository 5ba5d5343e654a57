// Tests that the loopback behaves as the directory beneath it: one Python script runs in a folder of the mount and in
// a folder beside the source, on the same filesystem, and must tell the same. What it tells is checked too.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { testMount } from './mount-test.js'
import type { MountRequest } from './mounted.js'

/** Before each script. `tell` collects what is compared; `attempt` gives an error's name in place of a result. */
const PRELUDE = `
import ctypes, errno, fcntl, json, mmap, os, stat, struct, sys, time, traceback
libc = ctypes.CDLL(None, use_errno=True)
told = []
def tell(*values):
    told.append([value.hex() if isinstance(value, bytes) else value for value in values])
def attempt(call, *args, **kwargs):
    try:
        return call(*args, **kwargs)
    except OSError as error:
        return errno.errorcode[error.errno]
def as_user(uid, gid, groups, call):
    """Runs call in a child process of that user and gives what it returns."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups); os.setgid(gid); os.setuid(uid)
            os.write(writable, json.dumps(attempt(call)).encode())
        except BaseException:
            traceback.print_exc()
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as answer:
        result = answer.read()
    os.waitpid(child, 0)
    return json.loads(result) if result else 'no answer'
def system_call(name, *args):
    """By the C library; the error's name in place of -1."""
    result = getattr(libc, name)(*args)
    return errno.errorcode[ctypes.get_errno()] if result == -1 else result
def mode_of(path):
    found = os.lstat(path)
    return [oct(found.st_mode), found.st_uid, found.st_gid]
def make(path, text=''):
    with open(path, 'w') as file: file.write(text)
def read(path):
    with open(path) as file: return file.read()
`
const EPILOGUE = '\nprint(json.dumps(told))\n'
const SECONDS = 110

export interface Beneath {
  /** Python; the working directory is an empty folder of mode 0777. */
  readonly script: string
  /** Of what was told, as \`t.match\` wants it: that the script has seen what it is about. */
  readonly seen: unknown
  readonly request?: Partial<MountRequest>
  /** What the script does to files' data must hold with passthrough, too; false if absent. */
  readonly passes?: boolean
}

/** Files are found by handle, or by path with few descriptors; data goes through the daemon, or by it. */
const WAYS: Readonly<Record<string, MountRequest['set']>> = {
  'by handles': { handles: true },
  'by paths': { handles: false },
}
const PASSING: typeof WAYS = { 'passed through': { passthrough: true } }

/** In each way that the loopback has. */
export function testAsBeneath(
  name: string,
  { script, seen, request, passes = false }: Beneath,
): void {
  for (const [way, set] of Object.entries({ ...WAYS, ...(passes && PASSING) })) {
    testMount(
      `${name} (${way})`,
      {
        filesystem: 'loopback',
        workers: 4,
        mountOptions: { allow_other: true, default_permissions: true },
        ...request,
        set: { ...set, ...request?.set },
      },
      async (t, mounted) => {
        const file = join(mounted.root, 'script.py')
        writeFileSync(file, `${PRELUDE}${script}${EPILOGUE}`)
        const tellIn = async (parent: string): Promise<unknown> => {
          const folder = join(parent, 'folder')
          await mounted.run('mkdir', ['-m', '0777', folder])
          const told = await mounted.run('timeout', [`${SECONDS}`, 'python3', file], {
            cwd: folder,
          })
          return JSON.parse(told)
        }
        const beneath = join(mounted.root, 'beneath')
        mkdirSync(beneath, { mode: 0o755 })
        compare(t, await tellIn(mounted.mountpoint), await tellIn(beneath), seen)
        t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
      },
    )
  }
}

function compare(t: Test, onMount: unknown, beneath: unknown, seen: unknown): void {
  t.match(beneath, seen, 'beneath it is as the test says')
  t.same(onMount, beneath, 'on the mount it is as beneath')
}
