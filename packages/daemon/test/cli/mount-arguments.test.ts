// Values of options, without a process around them.

import t from 'tap'
import {
  collectMountOptions,
  collectSetting,
  mountArguments,
  parseCount,
} from '../../dist/cli/mount-arguments.js'

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

t.test('--workers takes decimal digits only', async (t) => {
  t.equal(parseCount('12'), 12)
  for (const text of ['', '1.5', '1e3', '0x10', ' 1', '-1'])
    t.throws(() => parseCount(text), { code: 'ERR_FUSE_USAGE' }, text)
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
