// Clients that keep file handles (name_to_handle_at(2)) and open files by them later, as NFS servers do.

import { join } from 'node:path'
import { testMount } from '../support/mount-test.js'
import type { Mounted, MountRequest } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

/**
 * `note NAME PATH` keeps the handle of a path in a file; `open NAME` opens what it stands for and tells its contents,
 * `parent NAME` the names in the directory above: each in hexadecimal or as its errno.
 */
const PROGRAM = `
import ctypes, errno, json, os, sys
libc = ctypes.CDLL(None, use_errno=True)
class Handle(ctypes.Structure):
    _fields_ = [('bytes', ctypes.c_uint32), ('type', ctypes.c_int32), ('data', ctypes.c_ubyte * 128)]
mountpoint, kept, command, name = sys.argv[1:5]
path = os.path.join(kept, name)
if command == 'note':
    handle, mount = Handle(128), ctypes.c_int()
    target = os.fsencode(os.path.join(mountpoint, sys.argv[5]))
    if libc.name_to_handle_at(-100, target, ctypes.byref(handle), ctypes.byref(mount), 0):
        sys.exit(os.strerror(ctypes.get_errno()))
    with open(path, 'wb') as file: file.write(bytes(handle))
else:
    with open(path, 'rb') as file: handle = Handle.from_buffer_copy(file.read())
    at = os.open(mountpoint, os.O_RDONLY)
    fd = libc.open_by_handle_at(at, ctypes.byref(handle), os.O_RDONLY)
    if fd < 0: print(errno.errorcode[ctypes.get_errno()])
    elif command == 'parent': print(*sorted(os.listdir(os.open('..', os.O_RDONLY, dir_fd=fd))))
    elif os.path.isdir(f'/proc/self/fd/{fd}'): print(*sorted(os.listdir(fd)))
    else: print(os.read(fd, 100).decode())
`

/** Handles that one test keeps. */
class Handles {
  readonly #mounted: Mounted

  constructor(mounted: Mounted) {
    this.#mounted = mounted
  }

  async note(name: string, path: string): Promise<void> {
    await this.#python('note', name, path)
  }

  /** Content of a file, names in a directory, or an errno. */
  open(name: string): Promise<string> {
    return this.#python('open', name)
  }

  /** Names in the directory above a directory. */
  parent(name: string): Promise<string> {
    return this.#python('parent', name)
  }

  async #python(...args: string[]): Promise<string> {
    const { mountpoint, root } = this.#mounted
    return (await this.#mounted.run('python3', ['-c', PROGRAM, mountpoint, root, ...args])).trim()
  }
}

/** Until the kernel knows nothing but the root. */
async function dropCaches(mounted: Mounted): Promise<void> {
  await waitUntil('only the root is known', async () => {
    await mounted.run('sh', ['-c', 'echo 2 > /proc/sys/vm/drop_caches'])
    const { known, remembered } = (await mounted.status()).nodes
    return known - 1 <= remembered && mounted.waiting === 0
  })
}

const script = (mounted: Mounted, text: string): Promise<string> =>
  mounted.run('sh', ['-ec', text], { cwd: mounted.mountpoint })

const WAYS: readonly (readonly [string, MountRequest])[] = [
  ['the loopback by handles', { filesystem: 'loopback', workers: 4 }],
  ['the loopback by paths', { filesystem: 'loopback', workers: 4, set: { handles: false } }],
]

for (const [name, request] of WAYS) {
  testMount(
    `${name}: files are opened by handles that were given before the kernel forgot them`,
    { ...request, rememberNodes: 1000 },
    async (t, mounted) => {
      const handles = new Handles(mounted)
      await script(mounted, 'mkdir -p d/e; echo text > d/e/file; echo other > d/other')
      await handles.note('file', 'd/e/file')
      await handles.note('directory', 'd/e')
      await handles.note('root', '.')
      await dropCaches(mounted)
      const { granted } = (await mounted.status()).parameters
      t.ok(granted.includes('EXPORT_SUPPORT'))
      t.equal(await handles.open('file'), 'text')
      t.equal(await handles.open('directory'), 'file', 'a directory, by the way up to the root')
      t.equal(await handles.parent('directory'), 'e other')
      t.equal(await handles.open('root'), 'd')

      await script(mounted, 'mv d/e/file moved; mv d/e f')
      await dropCaches(mounted)
      t.equal(await handles.open('file'), 'text', 'under another name')
      t.equal(await handles.parent('directory'), 'd f moved')

      await script(mounted, 'echo new > d/e; mv d/e moved')
      t.equal(await handles.open('file'), 'ESTALE', 'another has taken its place')
      await script(mounted, 'rmdir f; mkdir f')
      await dropCaches(mounted)
      t.equal(await handles.open('directory'), 'ESTALE', 'a new one of the same name is another')
      t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
      t.equal((await mounted.status()).nodes.underflows, 0)
    },
  )
}

testMount(
  'without rememberNodes a handle is good for as long as the kernel knows the file',
  { filesystem: 'loopback', workers: 2 },
  async (t, mounted) => {
    const handles = new Handles(mounted)
    await script(mounted, 'echo text > file')
    await handles.note('file', 'file')
    t.equal(await handles.open('file'), 'text')
    await dropCaches(mounted)
    t.equal(await handles.open('file'), 'ESTALE')
    t.equal((await mounted.status()).nodes.known, 1, 'nothing is left of it')
  },
)

testMount(
  'what is removed beneath is ESTALE',
  { filesystem: 'loopback', workers: 2, rememberNodes: 10 },
  async (t, mounted) => {
    const handles = new Handles(mounted)
    await script(mounted, 'echo text > file')
    await handles.note('file', 'file')
    await dropCaches(mounted)
    t.equal(await handles.open('file'), 'text')
    await dropCaches(mounted)
    await mounted.run('rm', [join(mounted.source, 'file')])
    t.equal(await handles.open('file'), 'ESTALE')
    t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
  },
)

testMount(
  'of more files than are remembered the last are',
  { filesystem: 'loopback', workers: 2, rememberNodes: 50 },
  async (t, mounted) => {
    const handles = new Handles(mounted)
    await script(mounted, 'mkdir d; for i in $(seq 200); do echo $i > d/$i; done; echo last > last')
    await dropCaches(mounted)
    t.match((await mounted.status()).nodes, { remembered: 50 })
    await script(mounted, 'cat last')
    await handles.note('last', 'last')
    await dropCaches(mounted)
    t.equal(await handles.open('last'), 'last')
  },
)
