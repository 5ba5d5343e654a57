// Values of options, without a process around them.

import fc from 'fast-check'
import t from 'tap'
import {
  collectInterrupts,
  collectLimit,
  collectMountOptions,
  collectResourceLimit,
  collectSetting,
  collectTimeout,
  mountArguments,
} from '../../dist/cli/mount-arguments.js'
import { parseCount } from '../../dist/command/setting-values.js'

t.test('--set gathers text, true for a bare key, and everything after the first =', async (t) => {
  const set = ['a=1', 'b', 'c=x=y', 'd=', '__proto__=z'].reduce(
    (given, item) => collectSetting(item, given),
    {},
  )
  t.strictSame(Object.entries(set), [
    ['a', '1'],
    ['b', true],
    ['c', 'x=y'],
    ['d', ''],
    ['__proto__', 'z'],
  ])
})

t.test('--set refuses a key given twice, also an inherited name', async (t) => {
  t.throws(() => collectSetting('a', { a: '1' }), { code: 'ERR_FUSE_USAGE' })
  t.doesNotThrow(() => collectSetting('toString=1', {}))
})

t.test('-o merges lists, and the last value counts', async (t) => {
  const first = collectMountOptions('ro,fsname=a')
  t.strictSame(collectMountOptions('fsname=b\\,c,nodev', first), {
    ro: true,
    fsname: 'b,c',
    nodev: true,
  })
})

t.test('-o takes any text into a value by backslashes and octal digits', async (t) => {
  const list = 'fsname=a\\\\b\\054c\\,ro\\303\\251,x\\,y,,__proto__=z'
  t.strictSame(Object.entries(collectMountOptions(list)), [
    ['fsname', 'a\\b,c,ro\u00e9'],
    ['x,y', true],
    ['__proto__', 'z'],
  ])
  t.throws(() => collectMountOptions('=x'), { code: 'ERR_FUSE_USAGE' })
  fc.assert(
    fc.property(fc.string(), (text) => {
      const escaped = text.replace(/[\\,]/g, '\\$&')
      t.strictSame(collectMountOptions(`ro,fsname=${escaped},nodev`), {
        ro: true,
        fsname: text,
        nodev: true,
      })
    }),
    { seed: 20260714 },
  )
})

t.test('--workers takes decimal digits only', async (t) => {
  t.equal(parseCount('--workers', '12'), 12)
  for (const text of ['', '1.5', '1e3', '0x10', ' 1', '-1'])
    t.throws(() => parseCount('--workers', text), { code: 'ERR_FUSE_USAGE' }, text)
})

t.test('--timeout takes a time for all operations, or for one', async (t) => {
  const given = collectTimeout('read=500ms', collectTimeout('30s'))
  t.strictSame(given, { default: 30_000, read: 500 })
  t.throws(() => collectTimeout('read=soon'), { message: /'--timeout': "soon" is not a duration/ })
})

t.test('--limit takes a size by name', async (t) => {
  const given = collectLimit('maxBackground=12', collectLimit('maxWrite=128K'))
  t.strictSame(given, { maxWrite: 131_072, maxBackground: 12 })
  t.throws(() => collectLimit('128K'), { message: /--limit 128K: expected name=size/ })
})

t.test('--interrupts takes a policy for all operations, or for one', async (t) => {
  const given = collectInterrupts('read=answer', collectInterrupts('signal'))
  t.strictSame(given, { default: 'signal', read: 'answer' })
})

t.test('--resource-limit takes a size by name, and mount() MiB', async (t) => {
  const given = collectResourceLimit('stack=512K', collectResourceLimit('heap=256M'))
  t.strictSame(given, { maxOldGenerationSizeMb: 256, stackSizeMb: 0.5 })
  const message = /expected heap=size, youngHeap=size, code=size or stack=size/
  for (const text of ['256M', '=1M', 'toString=1M'])
    t.throws(() => collectResourceLimit(text), { code: 'ERR_FUSE_USAGE', message })
  t.throws(() => collectResourceLimit('heap=much'), { message: /"much" is not a size/ })
})

t.test('--cache names the profile for mount()', async (t) => {
  t.strictSame(mountArguments('hello', 'mnt', { cache: 'none' }).order.settings, { cache: 'none' })
})

t.test('what is not given is left to mount()', async (t) => {
  t.strictSame(mountArguments('hello', 'mnt', {}), {
    order: { program: 'fuseloop', filesystem: 'hello', mountpoint: 'mnt', settings: {} },
    foreground: false,
    logFile: undefined,
  })
})
