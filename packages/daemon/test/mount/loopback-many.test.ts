// Many files and deep names with few descriptors: the kernel knows thousands of nodes, the daemon holds none of them.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { whyNoMounts } from '../support/mount-environment.js'
import { testMount } from '../support/mount-test.js'

const DESCRIPTORS = 512
const NAMES = 20_000
/** Reads the first 1000 names, and by telldir(3) and seekdir(3) the rest of them, then all. */
const TELLDIR = `
import ctypes, json, os, sys
libc = ctypes.CDLL(None, use_errno=True)
class Dirent(ctypes.Structure):
    _fields_ = [('ino', ctypes.c_uint64), ('off', ctypes.c_int64), ('length', ctypes.c_ushort), ('type', ctypes.c_ubyte), ('name', ctypes.c_char * 256)]
libc.opendir.restype = ctypes.c_void_p
libc.readdir.restype = ctypes.POINTER(Dirent)
libc.telldir.restype = ctypes.c_long
for call in [libc.readdir, libc.telldir, libc.rewinddir]: call.argtypes = [ctypes.c_void_p]
libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
directory = libc.opendir(os.fsencode(sys.argv[1]))
def rest():
    names = []
    while entry := libc.readdir(directory): names.append((entry.contents.name, entry.contents.ino, entry.contents.type))
    return names
first = [libc.readdir(directory).contents.name for _ in range(1000)]
place = libc.telldir(directory)
after = rest()
libc.seekdir(directory, place)
again = rest()
libc.rewinddir(directory)
names = rest()
numbers = all(ino == os.lstat(os.path.join(sys.argv[1], os.fsdecode(name))).st_ino for name, ino, kind in names[2:200])
print(json.dumps({'names': len(set(names)), 'rest': len(again) if again == after else -1, 'numbers': numbers}))
`
// Daemons and clients inherit it; Node.js raises the soft limit to the hard one.
if (whyNoMounts() === false) {
  const limit = `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`
  execFileSync('prlimit', ['--pid', `${process.pid}`, limit])
}

for (const handles of [true, false]) {
  const way = handles ? 'by handles' : 'by paths'
  testMount(
    `3000 files that are all known, and a listing of 5000 names, with ${DESCRIPTORS} descriptors (${way})`,
    { filesystem: 'loopback', workers: 4, set: { handles } },
    async (t, mounted) => {
      const result = await mounted.call(
        ({ fs }, folder, files, names) => {
          for (let index = 0; index < files; index += 1)
            fs.writeFileSync(`${folder}/file-${index}`, String(index))
          const inodes = new Set<number>()
          for (let index = 0; index < files; index += 1) {
            const path = `${folder}/file-${index}`
            inodes.add(fs.statSync(path).ino)
            if (fs.readFileSync(path, 'utf8') !== String(index)) throw new Error('another file')
          }
          fs.mkdirSync(`${folder}/many`)
          for (let index = 0; index < names; index += 1)
            fs.symlinkSync('x', `${folder}/many/link-${index}`)
          return { inodes: inodes.size, listed: new Set(fs.readdirSync(`${folder}/many`)).size }
        },
        mounted.mountpoint,
        3000,
        5_000,
      )
      t.same(result, { inodes: 3000, listed: 5_000 })
      const held = readdirSync(`/proc/${mounted.daemon.pid}/fd`).length
      t.ok(held < 200, `${held} descriptors in all`)
    },
  )

  testMount(
    `listings of any length are whole, and go on where telldir said (${way})`,
    { filesystem: 'loopback', workers: 4, set: { handles } },
    async (t, mounted) => {
      const folder = join(mounted.source, 'many')
      mkdirSync(folder)
      for (let index = 0; index < NAMES; index += 1) symlinkSync('x', `${folder}/link-${index}`)
      const told = await mounted.run('python3', ['-c', TELLDIR, mounted.path('many')])
      t.same(JSON.parse(told), { names: NAMES + 2, rest: NAMES + 2 - 1000, numbers: true })
      const long = await mounted.run('ls', ['-lU', mounted.path('many')])
      t.equal(long.split('\n').length, NAMES + 2, 'ls -l, by READDIRPLUS')
      const beneath = await mounted.run('ls', ['-ia', folder])
      t.equal(await mounted.run('ls', ['-ia', mounted.path('many')]), beneath, 'the same numbers')
    },
  )

  testMount(
    `300 directories of 200 bytes each, one in the other (${way})`,
    { filesystem: 'loopback', workers: 4, set: { handles } },
    async (t, mounted) => {
      const deepest = await mounted.call(
        ({ fs }, folder, levels) => {
          const name = 'n'.repeat(200)
          process.chdir(folder)
          for (let level = 0; level < levels; level += 1) {
            fs.mkdirSync(name)
            process.chdir(name)
          }
          fs.writeFileSync('bottom', 'deep')
          fs.renameSync('bottom', 'renamed')
          const text = fs.readFileSync('renamed', 'utf8')
          const { ino } = fs.statSync('.')
          for (let level = 0; level < levels; level += 1) process.chdir('..')
          return { text, ino, names: fs.readdirSync('.') }
        },
        mounted.mountpoint,
        300,
      )
      t.match(deepest, { text: 'deep', names: ['n'.repeat(200)] })
      const found = execFileSync('find', [mounted.source, '-name', 'renamed', '-printf', '%d'])
      t.equal(found.toString(), '301', 'beneath it stands at that depth')
      // Too deep for rmSync(), which names paths as a whole.
      execFileSync('rm', ['-rf', mounted.source])
    },
  )
}
