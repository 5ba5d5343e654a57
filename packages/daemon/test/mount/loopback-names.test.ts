// Names through the loopback mount: any bytes, links of both kinds, replacing by rename.

import { readdirSync } from 'node:fs'
import { testMountInAllLoops } from '../support/mount-test.js'

testMountInAllLoops(
  'names are any bytes, and links and renames do what they do elsewhere',
  { filesystem: 'loopback' },
  async (t, mounted) => {
    const names = await mounted.call(({ fs }, folder) => {
      const raw = [
        Buffer.from('caf\xe9', 'latin1'),
        Buffer.from([0xff, 0xfe, 0x80]),
        'grüße',
        'a b\n',
      ]
      for (const name of raw) {
        const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)])
        fs.writeFileSync(path, name)
        if (!fs.readFileSync(path).equals(Buffer.from(name)))
          throw new Error(`not read back: ${name}`)
      }
      fs.mkdirSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xc3])]))
      fs.writeFileSync(
        Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xc3, 0x2f, 0x80])]),
        '',
      )
      return fs.readdirSync(folder, 'hex' as BufferEncoding).sort()
    }, mounted.mountpoint)
    t.same(
      names,
      readdirSync(mounted.source, 'hex' as BufferEncoding).sort(),
      'the mount and its source list the same bytes',
    )
    t.ok(names.includes('636166e9'), 'a Latin-1 name stays as it was')

    const longest = 'n'.repeat(255)
    const links = await mounted.call(
      ({ fs }, folder, longest) => {
        process.chdir(folder)
        fs.writeFileSync(longest, 'long')
        fs.symlinkSync('no/such/place', 'dangling')
        fs.symlinkSync(longest, 'symbolic')
        fs.linkSync(longest, 'hard')
        const [one, two] = [fs.statSync(longest), fs.statSync('hard')]
        fs.appendFileSync('hard', 'er')
        const tooLong = (): string | undefined => {
          try {
            fs.writeFileSync(`${longest}n`, '')
            return undefined
          } catch (error) {
            return (error as NodeJS.ErrnoException).code
          }
        }
        return {
          dangling: fs.readlinkSync('dangling'),
          followed: fs.readFileSync('symbolic', 'utf8'),
          sameInode: one.ino === two.ino,
          nlink: fs.statSync('hard').nlink,
          tooLong: tooLong(),
        }
      },
      mounted.mountpoint,
      longest,
    )
    t.same(links, {
      dangling: 'no/such/place',
      followed: 'longer',
      sameInode: true,
      nlink: 2,
      tooLong: 'ENAMETOOLONG',
    })

    const renamed = await mounted.call(({ fs }, folder) => {
      process.chdir(folder)
      fs.writeFileSync('old', 'old')
      fs.writeFileSync('new', 'new')
      const open = fs.openSync('old', 'r')
      fs.renameSync('new', 'old')
      const replaced = fs.readFileSync(open, 'utf8')
      fs.closeSync(open)
      fs.mkdirSync('deep/er', { recursive: true })
      fs.writeFileSync('deep/er/file', 'x')
      fs.renameSync('deep', 'deeper')
      fs.renameSync('old', 'deeper/er/old')
      return {
        replaced,
        content: fs.readFileSync('deeper/er/old', 'utf8'),
        below: fs.readdirSync('deeper/er').sort(),
        gone: [fs.existsSync('old'), fs.existsSync('new'), fs.existsSync('deep')],
      }
    }, mounted.mountpoint)
    t.same(renamed, {
      replaced: 'old',
      content: 'new',
      below: ['file', 'old'],
      gone: [false, false, false],
    })
    t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
  },
)
