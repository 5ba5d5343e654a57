// Names and link targets of any bytes pass unchanged, in both encodings of the path API, by the inode API and through the loopback.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { testMount } from '../support/mount-test.js'
import type { Mounted, MountRequest } from '../support/mounted.js'

const NAME_MAX = 255

/** Bytes repeated to the longest name, with `a` where they do not fit. */
const filled = (...bytes: number[]): string =>
  Buffer.from(bytes)
    .toString('hex')
    .repeat(Math.floor(NAME_MAX / bytes.length))
    .padEnd(2 * NAME_MAX, '61')

/** In hexadecimal. */
const NAMES: readonly string[] = [
  filled(0xff),
  filled(0x80),
  // The first bytes of characters that do not go on.
  filled(0xc3),
  filled(0xf0, 0x9f, 0x98),
  // What UTF-8 forbids: surrogates, those that stand for single bytes too, longer forms, beyond U+10FFFF.
  filled(0xed, 0xa0, 0x80),
  filled(0xed, 0xb3, 0xbf),
  filled(0xed, 0xb2, 0x80),
  filled(0xc0, 0xaf),
  filled(0xf4, 0x90, 0x80, 0x80),
  // Characters of every length, the end of the last cut off.
  filled(0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80),
  // The same text composed and decomposed.
  Buffer.from('\u00e9').toString('hex'),
  Buffer.from('e\u0301').toString('hex'),
  // A byte order mark, which decoders like to drop.
  'efbbbf61',
  '0a0d095c22',
]

/** Uses every name in `folder`, and tells what is seen there. */
function useNames(mounted: Mounted, folder: string): Promise<unknown> {
  return mounted.call(
    ({ fs }, folder, names) => {
      const at = (...parts: string[]): Buffer =>
        Buffer.concat([Buffer.from(folder), ...parts.map((hex) => Buffer.from(`2f${hex}`, 'hex'))])
      const list = (path: Buffer): string[] => fs.readdirSync(path, 'hex' as BufferEncoding).sort()
      for (const name of names) {
        fs.writeFileSync(at(name), name)
        fs.symlinkSync(Buffer.from(name, 'hex'), at(`${name.slice(0, -2)}01`))
      }
      const first = list(at())
      const contents = names.map((name) => fs.readFileSync(at(name), 'latin1'))
      const targets = names.map((name) =>
        (fs.readlinkSync(at(`${name.slice(0, -2)}01`), 'buffer') as Buffer).toString('hex'),
      )
      for (const name of names) {
        fs.renameSync(at(name), at(`${name.slice(0, -2)}02`))
        fs.mkdirSync(at(name))
        fs.renameSync(at(`${name.slice(0, -2)}02`), at(name, name))
      }
      const moved = names.map((name) => [fs.readFileSync(at(name, name), 'latin1'), list(at(name))])
      for (const name of names) {
        fs.unlinkSync(at(name, name))
        fs.rmdirSync(at(name))
        fs.unlinkSync(at(`${name.slice(0, -2)}01`))
      }
      return { first, contents, targets, moved, last: list(at()) }
    },
    folder,
    NAMES,
  )
}

const EXPECTED = {
  first: NAMES.flatMap((name) => [name, `${name.slice(0, -2)}01`]).sort(),
  contents: NAMES,
  targets: NAMES,
  moved: NAMES.map((name) => [name, [name]]),
  last: [],
}

const FILESYSTEMS: Readonly<Record<string, MountRequest>> = {
  'bytes of the path API': {
    filesystem: new URL('./filesystems/named-buffers.js', import.meta.url),
    loop: 'multi',
    workers: 1,
  },
  'strings of the path API': {
    filesystem: new URL('./filesystems/named-strings.js', import.meta.url),
    loop: 'single',
  },
  'bytes of the inode API': {
    filesystem: new URL('./filesystems/named-inodes.js', import.meta.url),
    loop: 'multi',
    workers: 1,
  },
  'the loopback': { filesystem: 'loopback', loop: 'multi', workers: 4 },
  'the loopback by paths': {
    filesystem: 'loopback',
    loop: 'multi',
    workers: 4,
    set: { handles: false },
  },
}

for (const [name, request] of Object.entries(FILESYSTEMS)) {
  testMount(`${name}: 255 bytes that are not UTF-8 are a name`, request, async (t, mounted) => {
    t.same(await useNames(mounted, mounted.mountpoint), EXPECTED)
    t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
  })
}

testMount('beneath, names are the same bytes', { filesystem: 'loopback' }, async (t, mounted) => {
  const folder = join(mounted.source, 'folder')
  mkdirSync(folder)
  t.same(await useNames(mounted, folder), EXPECTED, 'the expectation holds without a mount')
})
