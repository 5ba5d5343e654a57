// What the options of a filesystem's own command come to.

import t from 'tap'
import { readArguments } from '../../dist/fuse-main/arguments.js'
import { readCommandLine } from '../../dist/fuse-main/command-line.js'

const SCHEMA = {
  folder: { type: 'path' },
  verbose: { type: 'boolean' },
  locks: { type: 'enum', values: ['near', 'far'] },
} as const

function read(...words: string[]): ReturnType<typeof readCommandLine> {
  return readCommandLine(readArguments(words), SCHEMA)
}

t.test("the filesystem's options, by either spelling; the last value counts", async (t) => {
  const { choices } = read('--folder=a', '-o', 'verbose,folder=b=c', '--locks=far')
  t.strictSame(choices.set, { folder: 'b=c', verbose: true, locks: 'far' })
  t.equal(choices.locks, undefined, 'it goes before one of the framework of the same name')
  t.throws(() => read('-o', 'folder'), { message: "option 'folder' needs a value" })
  t.throws(() => read('--folder'), { message: "option 'folder' needs a value" })
})

t.test('settings of mount()', async (t) => {
  const list = 'max_threads=3,entry_timeout=0.5,kernel_cache,max_write=8192,timeout=read=5s,ro'
  const { choices } = read('-s', '-o', list, '-o', 'timeout=1m,max_nodes=10,fsname=a\\,b')
  t.strictSame(choices.mountSettings(), {
    workers: 3,
    loop: 'single',
    timeouts: { read: 5000, default: 60_000 },
    maxNodes: 10,
    set: {},
    cache: { entryTimeoutMs: 500, keepCache: true },
    ownership: {},
    limits: { maxWrite: 8192 },
    mountOptions: { ro: true, fsname: 'a,b' },
  })
})

t.test('what is asked for by name, bit by bit', async (t) => {
  const list = 'interrupts=signal,interrupts=read=answer,timeout_code=EIO,mount_helper=/x'
  const { choices } = read('-o', list, '-o', 'resource_limit=heap=64M,resource_limit=stack=2M')
  t.match(choices.mountSettings(), {
    interrupts: { default: 'signal', read: 'answer' },
    timeoutCode: 'EIO',
    mountHelper: '/x',
    resourceLimits: { maxOldGenerationSizeMb: 64, stackSizeMb: 2 },
  })
})

t.test('masks are octal, and the last one counts', async (t) => {
  const { ownership } = read('-o', 'uid=5,umask=027,fmask=0133').choices
  t.strictSame(ownership, { uid: 5, fileMask: 0o133, directoryMask: 0o27 })
  t.throws(() => read('-o', 'umask=8'), { message: /'umask': '8' is no octal mask/ })
})

t.test('max_threads is a maximum', async (t) => {
  t.equal(read('-o', 'max_threads=1000').choices.settings.workers, 64)
  t.throws(() => read('-o', 'max_threads=0'), { message: /max_threads/ })
})

t.test('-d is -f too, with a trace', async (t) => {
  t.strictSame(read('-d').choices.mountSettings().trace, true)
  for (const words of [['-d'], ['-f'], ['--debug'], ['-o', 'debug']])
    t.ok(read(...words).choices.foreground, words.join(' '))
  t.notOk(read('dir').choices.foreground)
})

t.test('unknown words are gathered, unknown items left to the mount', async (t) => {
  const { unknown, choices, operands } = read('-z', '--bar=1', '-fd', '-o', 'foo=1,toString', 'dir')
  t.strictSame(unknown, ['-z', '--bar=1', '-fd'])
  t.strictSame(choices.mountOptions, { foo: '1', toString: true })
  t.strictSame(operands, ['dir'])
})

t.test('bad values are told by name', async (t) => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['max_write=1k', /^max_write takes a number, got '1k'/],
    ['entry_timeout=-1', /'entry_timeout': '-1' is no number of seconds/],
    ['timeout=soon', /'timeout': "soon" is not a duration/],
    ['cache=all', /'cache': 'all' is not one of none, closeToOpen/],
    ['max_threads', /'max_threads' needs a value/],
    ['debug=1', /'debug' takes no value, got '1'/],
    ['=x', /'=x' has no name/],
  ]
  for (const [item, message] of refused) t.throws(() => read('-o', item), { message }, item)
})
