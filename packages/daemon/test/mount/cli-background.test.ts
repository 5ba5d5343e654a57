// `fuseloop mount` in the background: it returns when the mount answers, and what serves goes on without the caller.

import { existsSync, mkdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { COMMAND, CommandPlace } from '../cli/command-place.js'
import { whyNoMounts } from '../support/mount-environment.js'
import { waitUntil } from '../support/wait-until.js'

const skip = whyNoMounts()
t.setTimeout(600_000)

/** Outside any project: what it imports is this daemon's own copy. */
const NOTE = `import { defineFilesystem, FsError } from '@fuseloop/core'

const text: Buffer = Buffer.from('a note\\n')

export default defineFilesystem({
  options: { folder: { type: 'path' } },
  create: ({ options }) => ({
    getattr(path: string) {
      if (path === '/') return { mode: 0o40755 }
      if (path === '/' + (options.folder ?? 'note').split('/').pop()) return { mode: 0o100644, size: text.length }
      throw new FsError('ENOENT')
    },
    read: (_file, buffer, position) => text.subarray(position).copy(buffer),
  }),
})
`

t.test('it returns in silence when the mount answers, and serves on', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  t.match(await place.fuseloop('mount', 'hello', 'mnt'), { code: 0, stdout: '', stderr: '' })
  t.ok(place.isMounted)
  t.equal((await place.run('cat', 'mnt/hello')).stdout, 'hello\n')
  const [pid] = place.daemons()
  t.equal(place.daemons().length, 1, 'its title names the mountpoint')
  t.equal(readlinkSync(`/proc/${pid}/cwd`), '/')
  for (const descriptor of [0, 1, 2])
    t.equal(readlinkSync(`/proc/${pid}/fd/${descriptor}`), '/dev/null')
  t.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Umask:\s+0000$/m)
  // Field 6 of proc(5) stat: no terminal's signal reaches a session of its own.
  const session = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')[3]
  t.equal(Number(session), pid)
})

t.test('a shell that reads the output does not wait for the mount to end', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const script = `said=$("${process.execPath}" "${COMMAND}" mount hello mnt 2>&1); echo "[$said] $?"`
  const { stdout, code } = await place.run('sh', '-c', script)
  t.strictSame([stdout, code], ['[] 0\n', 0])
  t.equal((await place.run('ls', 'mnt')).stdout, 'hello\n')
})

t.test('settings, mount options and workers reach the mount', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const settings = ['--set', 'greeting=a=b', '--workers', '2', '--transport', 'ring']
  const options = ['-o', 'ro,fsname=some where', '-o', 'noexec', '--log', 'log']
  t.match(await place.fuseloop('mount', 'hello', 'mnt', ...settings, ...options), { code: 0 })
  t.equal((await place.run('cat', 'mnt/hello')).stdout, 'a=b')
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
  const line = mounts.split('\n').find((line) => line.includes(` ${place.mountpoint} `))
  t.match(line, / ro,nosuid,nodev,noexec,.* fuse\.fuseloop some\\040where /)
  t.match(readFileSync(join(place.folder, 'log'), 'utf8'), /^fuseloop: hello on .*, 2 workers, pid/)
})

t.test('relative paths are those of the caller', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  mkdirSync(join(place.folder, 'source'))
  place.write('source/file', 'of the source\n')
  const settings = ['--set', 'source=source', '--log', 'log']
  t.match(await place.fuseloop('mount', 'loopback', './mnt/', ...settings), { code: 0, stderr: '' })
  t.equal((await place.run('cat', 'mnt/file')).stdout, 'of the source\n')
  t.ok(existsSync(join(place.folder, 'log')))
})

t.test('clients get the modes that they ask for, whatever the umask here', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  mkdirSync(join(place.folder, 'source'))
  const mount = `umask 077; exec "${process.execPath}" "${COMMAND}" mount loopback mnt --set source=source`
  t.match(await place.run('sh', '-c', mount), { code: 0, stderr: '' })
  await place.run('sh', '-c', 'umask 0; echo > mnt/file; mkdir mnt/folder')
  t.equal(statSync(join(place.folder, 'source/file')).mode & 0o777, 0o666)
  t.equal(statSync(join(place.folder, 'source/folder')).mode & 0o777, 0o777)
})

t.test('TypeScript outside any project works, and its bundle is private', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  place.write('note.ts', NOTE)
  const mounted = await place.fuseloop('mount', './note.ts', 'mnt', '--set', 'folder=x')
  t.match(mounted, { code: 0, stderr: '' })
  t.equal((await place.run('cat', 'mnt/x')).stdout, 'a note\n')
  t.equal(statSync(join(place.folder, '.fuseloop')).mode & 0o022, 0)
})

t.test('with loop single, and arguments after --', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  t.match(await place.fuseloop('mount', '--loop', 'single', '--', 'hello', 'mnt'), { code: 0 })
  t.equal((await place.run('cat', 'mnt/hello')).stdout, 'hello\n')
})

t.test('Ctrl-C while it waits leaves nothing behind', { skip }, async (t) => {
  const place = CommandPlace.make(t)
  const wait =
    "import { writeFileSync } from 'node:fs'\nwriteFileSync(new URL('started', import.meta.url), '')\n"
  place.write(
    'waits.mjs',
    `${wait}setInterval(() => undefined, 1000)\nawait new Promise(() => undefined)\n`,
  )
  const waiting = place.start(process.execPath, [COMMAND, 'mount', './waits.mjs', 'mnt'])
  await waitUntil('the module is loaded', () => existsSync(join(place.folder, 'started')))
  waiting.child.kill('SIGINT')
  t.match(await waiting.ended, { code: 1, stdout: '' })
  await place.isGone()
})
