// One file at a time through the loopback mount: random access, truncation, appending, times.

import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { testMountInAllLoops } from '../support/mount-test.js'

testMountInAllLoops(
  'a file of 5 MiB written and read at random offsets holds what was written last',
  { filesystem: 'loopback' },
  async (t, mounted) => {
    const same = await mounted.call(({ fs }, path) => {
      const size = 5 * 1024 * 1024
      const model = Buffer.alloc(size)
      let seed = 12345
      const random = (below: number): number => {
        seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
        return seed % below
      }
      const file = fs.openSync(path, 'w+')
      fs.writeSync(file, model)
      for (let round = 0; round < 300; round += 1) {
        const position = random(size)
        const length = Math.min(1 + random(200_000), size - position)
        if (round % 3 === 0) {
          const piece = Buffer.alloc(length, round)
          piece.copy(model, position)
          fs.writeSync(file, piece, 0, length, position)
        } else {
          const piece = Buffer.alloc(length)
          const count = fs.readSync(file, piece, 0, length, position)
          if (count !== length || piece.compare(model, position, position + length) !== 0)
            return `round ${round}: ${count} of ${length} bytes at ${position}`
        }
      }
      fs.fsyncSync(file)
      fs.closeSync(file)
      return fs.readFileSync(path).equals(model)
    }, mounted.path('random'))
    t.equal(same, true)
    await mounted.run('cmp', [mounted.path('random'), join(mounted.source, 'random')])
  },
)

testMountInAllLoops(
  'truncation and appending change a file as they do elsewhere',
  { filesystem: 'loopback' },
  async (t, mounted) => {
    const seen = await mounted.call(({ fs }, path) => {
      const read = (): string => fs.readFileSync(path, 'utf8')
      const texts: string[] = []
      fs.writeFileSync(path, '0123456789')
      fs.truncateSync(path, 4)
      texts.push(read())
      fs.truncateSync(path, 6)
      texts.push(read())
      fs.appendFileSync(path, 'end')
      texts.push(read())
      const [one, two] = [fs.openSync(path, 'a'), fs.openSync(path, 'a')]
      fs.writeSync(one, '1')
      fs.writeSync(two, '2')
      fs.writeSync(one, '3')
      texts.push(read())
      fs.ftruncateSync(two, 1)
      texts.push(read())
      fs.closeSync(one)
      fs.closeSync(two)
      fs.writeFileSync(path, 'short')
      texts.push(read())
      return texts
    }, mounted.path('file'))
    t.same(seen, ['0123', '0123\0\0', '0123\0\0end', '0123\0\0end123', '0', 'short'])
    t.equal(readFileSync(join(mounted.source, 'file'), 'utf8'), 'short', 'the source has it')
  },
)

testMountInAllLoops(
  'cp -p keeps times to the microsecond, modes and owners',
  { filesystem: 'loopback' },
  async (t, mounted) => {
    const original = join(mounted.root, 'original')
    const copy = mounted.path('copy')
    await mounted.run('sh', ['-c', 'echo text > "$0" && chmod 4751 "$0"', original])
    await mounted.run('touch', ['-d', '2001-02-03 04:05:06.789012345', original])
    const show = (path: string): Promise<string> =>
      mounted.run('stat', ['-c', '%a %u %g %s %.6Y %.6X', path])
    const expected = await show(original)
    await mounted.run('cp', ['-p', original, copy])
    t.equal(await show(copy), expected)

    await mounted.run('touch', ['-m', '-d', '1969-12-31 23:59:58.25 UTC', copy])
    t.equal(
      await mounted.run('stat', ['-c', '%.6Y', copy]),
      '-1.750000\n',
      'a time before 1970 is one',
    )
    await mounted.run('touch', [copy])
    const age = Math.abs(Date.now() - statSync(join(mounted.source, 'copy')).mtimeMs)
    t.ok(age < 10_000, 'touch without a time means now')
  },
)
