// A filesystem's own command, as its users run it: a script that calls fuseMain().

import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { CommandPlace, type CommandResult, type Running } from '../cli/command-place.js'
import { whyNoMounts } from '../support/mount-environment.js'
import { waitUntil } from '../support/wait-until.js'

const skip = whyNoMounts()
t.setTimeout(600_000)

const FUSELOOP = import.meta.resolve('@fuseloop/daemon')
const example = (name: string): string => import.meta.resolve(`@fuseloop/examples/${name}`)

/** A place with the command `notes`. */
class Notes {
  readonly place: CommandPlace

  constructor(t: Test, module = example('hello'), settings = '{}') {
    this.place = CommandPlace.make(t, 'notes')
    const call = `fuseMain(new URL('${module}', import.meta.url), process.argv, ${settings})`
    const script = `import { fuseMain } from '${FUSELOOP}'\nprocess.exit(await ${call})\n`
    chmodSync(this.place.write('notes.mjs', `#!/usr/bin/env node\n${script}`), 0o755)
  }

  run(...args: string[]): Promise<CommandResult> {
    return this.place.run(join(this.place.folder, 'notes.mjs'), ...args)
  }

  start(...args: string[]): Running {
    return this.place.start(join(this.place.folder, 'notes.mjs'), args)
  }

  /** The mount's line in /proc/mounts. */
  get line(): string | undefined {
    const lines = readFileSync('/proc/mounts', 'utf8').split('\n')
    return lines.find((line) => line.includes(` ${this.place.mountpoint} `))
  }
}

/** Clients may be served sooner, and INIT has its line before; until then a signal takes the mount back, with code 4. */
function hasMounted({ log }: Running): Promise<unknown> {
  return waitUntil('it has mounted', () => log().includes('Ctrl-C unmounts\n'))
}

t.test('it returns in silence when the mount answers, and serves on', { skip }, async (t) => {
  const notes = new Notes(t)
  const { place } = notes
  t.match(await notes.run('-o', 'ro,greeting=a\\,b\\040', '--greeting=good morning', 'mnt'), {
    code: 0,
    stdout: '',
    stderr: '',
  })
  t.equal((await place.run('cat', 'mnt/hello')).stdout, 'good morning')
  t.match(notes.line, /^notes \S+ fuse\.notes ro,nosuid,nodev,/)
  t.equal(place.daemons().length, 1, 'its title names the program and the mountpoint')
  t.match(await place.run('umount', 'mnt'), { code: 0 })
  await place.isGone()
})

t.test('source and mountpoint, as mount(8) calls a program', { skip }, async (t) => {
  const notes = new Notes(t, example('loopback'), "{ name: 'notes', source: 'source' }")
  mkdirSync(join(notes.place.folder, 'data'))
  notes.place.write('data/file', 'of the source\n')
  const list = 'max_threads=2,fsname=data\\,1,noauto,x-systemd.automount,log=log'
  t.match(await notes.run('data', 'mnt', '-o', list), { code: 0, stderr: '' })
  t.equal((await notes.place.run('cat', 'mnt/file')).stdout, 'of the source\n')
  t.match(notes.line, /^data,1 \S+ fuse\.notes /)
  const log = readFileSync(join(notes.place.folder, 'log'), 'utf8')
  t.match(log, /^notes: \S+ on \S+, loop multi, 2 workers, pid/)
})

t.test('uid, gid and umask are what stat(2) and listings show', { skip }, async (t) => {
  const notes = new Notes(t)
  t.match(await notes.run('-o', 'uid=1234,gid=5,umask=027,fmask=177', 'mnt'), { code: 0 })
  const { stdout } = await notes.place.run('stat', '-c', '%u %g %a', 'mnt', 'mnt/hello')
  t.equal(stdout, '1234 5 750\n1234 5 600\n')
})

t.test('-f stays until a signal, -s serves with one thread', { skip }, async (t) => {
  const notes = new Notes(t)
  const running = notes.start('-f', '-s', 'mnt')
  await hasMounted(running)
  t.match(running.log(), /^notes: .* on \S+mnt, loop single, pid \d+; Ctrl-C unmounts\n$/)
  t.equal((await notes.place.run('cat', 'mnt/hello')).stdout, 'hello\n')
  running.child.kill('SIGTERM')
  t.match(await running.ended, { code: 0 })
  t.notOk(notes.place.isMounted)
})

t.test('-d writes a line per request, from every worker', { skip }, async (t) => {
  const notes = new Notes(t)
  const running = notes.start('-d', '-o', 'max_threads=2', 'mnt')
  await hasMounted(running)
  const { child } = notes.place.start('stat', ['mnt/none'])
  const line = new RegExp(
    `^fuseloop\\[${running.child.pid}/[01]\\] debug: unique: \\d+, opcode: LOOKUP \\(1\\), nodeid: 1, ` +
      `name: "none", pid: ${child.pid} -> error: -2 \\(ENOENT\\), \\d+ us$`,
    'm',
  )
  await waitUntil('the request has its line', () => line.test(running.log()))
  running.child.kill('SIGINT')
  t.match(await running.ended, { code: 0 })
})

/** Waits for the process's own line of this opcode, with what is behind the opcode. */
function traced({ child, log }: Running, opcode: string, rest: string): Promise<unknown> {
  const front = `fuseloop\\[${child.pid}\\] debug: unique: \\d+`
  const line = new RegExp(`^${front}, opcode: ${opcode}, nodeid: ${rest}$`, 'm')
  return waitUntil(opcode, () => line.test(log()))
}

t.test('-d has lines of INIT and FORGET, which no worker sees', { skip }, async (t) => {
  const notes = new Notes(t, example('loopback'))
  mkdirSync(join(notes.place.folder, 'data'))
  const running = notes.start('-d', '--source=data', 'mnt')
  await hasMounted(running)
  await traced(
    running,
    'INIT \\(26\\)',
    '0, major: 7, .*, pid: 0 -> success, minor: \\d+, max_write: \\d+',
  )
  t.match(await notes.place.run('sh', '-c', 'echo >mnt/file; rm mnt/file'), { code: 0 })
  // Many at once come in one message.
  const nodes = '(nlookup: [1-9]\\d*|count: [1-9]\\d*, nodes: \\d+/[1-9].*)'
  await traced(running, '(BATCH_)?FORGET \\(\\d+\\)', `\\d+, ${nodes}, pid: 0`)
  running.child.kill('SIGINT')
  t.match(await running.ended, { code: 0 })
})

t.test('-d has a line of an INTERRUPT', { skip }, async (t) => {
  const notes = new Notes(t, example('faulty'))
  const running = notes.start('-d', '-o', 'max_threads=2', 'mnt')
  await hasMounted(running)
  const { child, ended } = notes.place.start('cat', ['mnt/read/hang'])
  // read(2), by its number on this machine's CPU, of the first descriptor that is free.
  const read = process.arch === 'arm64' ? 63 : 0
  await waitUntil('it waits for its first read', () => {
    const call = readFileSync(`/proc/${child.pid}/syscall`, 'utf8')
    return running.log().includes('opcode: OPEN ') && call.startsWith(`${read} 0x3 `)
  })
  // The daemon takes requests in their order: it has the READ when it answers what comes after.
  t.match(await notes.place.run('stat', 'mnt/none'), { code: 1 })
  child.kill('SIGKILL')
  await traced(running, 'INTERRUPT \\(36\\)', '0, of: \\d+, pid: 0')
  t.match(await ended, { signal: 'SIGKILL' })
  running.child.kill('SIGINT')
  t.match(await running.ended, { code: 0 })
})

t.test('-f with an end by force is 8', { skip }, async (t) => {
  const notes = new Notes(t)
  const running = notes.start('-f', 'mnt')
  await hasMounted(running)
  notes.place.abort()
  t.match(await running.ended, { code: 8, stderr: /mnt: the connection was aborted\n$/ })
})

t.test('help names the filesystem’s options, and version the protocol', async (t) => {
  const notes = new Notes(t)
  const [help, version] = await Promise.all([notes.run('-h'), notes.run('-V')])
  t.match(help, { code: 0, stderr: '' })
  t.match(help.stdout, /^usage: notes \[options\] <mountpoint>\n\nFile-system specific options/)
  t.match(help.stdout, /^ {4}--greeting=<s> +\(default: "hello\\n"\)$/m)
  t.match(version, {
    code: 0,
    stderr: '',
    stdout: /^fuseloop version \d.*\nusing FUSE .* 7\.\d+\n$/,
  })
})

/** Module, words, exit code as libfuse's, and what is said. */
const REFUSED: readonly (readonly [string, string[], number, RegExp])[] = [
  ['hello', [], 2, /no mountpoint given; see notes -h/],
  ['hello', ['mnt', 'more'], 1, /invalid argument 'more'/],
  ['hello', ['-o'], 1, /missing after -o/],
  ['hello', ['-o', 'max_threads=many', 'mnt'], 1, /max_threads takes a number, got 'many'/],
  ['hello', ['none'], 1, /the mountpoint \S+none does not exist/],
  ['hello', ['-z', '--bar=1', 'mnt'], 3, /unknown option '-z', '--bar=1'/],
  ['hello', ['-o', 'ro,foo=1', 'mnt'], 3, /'foo'/],
  ['hello', ['-o', 'modules=x', 'mnt'], 1, /'modules' is not supported: /],
  ['loopback', ['mnt'], 1, /option 'source' is required/],
  ['loopback', ['--source=none', 'mnt'], 3, /ENOENT/],
  ['hello', ['notes.mjs'], 4, /is not a directory/],
  ['hello', ['-o', 'log=none/log', 'mnt'], 4, /the log cannot be written/],
]

for (const [module, words, code, line] of REFUSED) {
  t.test(`${module} ${words.join(' ')}: ${code}`, { skip }, async (t) => {
    const notes = new Notes(t, example(module))
    const result = await notes.run(...words)
    t.match(result, { code, stdout: '', stderr: line })
    t.match(result.stderr, /^notes: [^\n]+\n$/, 'it is one line')
    await notes.place.isGone()
  })
}

t.test('a module that does not load is 3, the script itself 1', async (t) => {
  const notes = new Notes(t, './broken.mjs')
  notes.place.write('broken.mjs', "throw new Error('no luck')\n")
  t.match(await notes.run('mnt'), { code: 3, stderr: /broken\.mjs does not load: no luck\n$/ })
  const itself = new Notes(t, './notes.mjs')
  t.match(await itself.run('mnt'), { code: 1, stderr: /is the command itself/ })
})
