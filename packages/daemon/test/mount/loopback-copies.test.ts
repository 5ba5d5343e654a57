// Whole trees through the loopback mount come out as they went in.

import { join } from 'node:path'
import { checksums, makeTree } from '../support/file-tree.js'
import { testMountInAllLoops } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'

const listing = (mounted: Mounted, folder: string): Promise<string> =>
  // Sizes of folders are the source filesystem's own business.
  mounted.run(
    'find',
    ['.', '-type', 'd', '-printf', '%P %m %u\n', '-o', '-printf', '%P %m %u %s %l\n'],
    {
      cwd: folder,
    },
  )

const sorted = (text: string): string[] => text.split('\n').sort()

testMountInAllLoops(
  'cp -r, tar and rm -rf work as on any filesystem',
  { filesystem: 'loopback' },
  async (t, mounted) => {
    const original = join(mounted.root, 'original')
    makeTree(original)
    const expected = await checksums(mounted, original)

    await mounted.run('cp', ['-r', original, mounted.path('copy')])
    t.equal(await checksums(mounted, mounted.path('copy')), expected, 'cp -r into the mount')
    t.same(
      sorted(await listing(mounted, mounted.path('copy'))),
      sorted(await listing(mounted, original)),
      'names, modes, owners, sizes and link targets are those of the original',
    )

    await mounted.run('cp', ['-r', mounted.path('copy'), join(mounted.root, 'back')])
    t.equal(
      await checksums(mounted, join(mounted.root, 'back')),
      expected,
      'cp -r out of the mount',
    )

    await mounted.run('tar', ['-cf', mounted.path('all.tar'), '-C', mounted.path('copy'), '.'])
    await mounted.run('mkdir', [mounted.path('untarred')])
    await mounted.run('tar', ['-xf', mounted.path('all.tar'), '-C', mounted.path('untarred')])
    t.equal(await checksums(mounted, mounted.path('untarred')), expected, 'tar within the mount')

    const lines = (await mounted.run('ls', ['-lR', mounted.path('copy')])).split('\n')
    t.equal(lines.filter((line) => line.startsWith('-')).length, 31, 'ls -lR shows every file')

    await mounted.run('rm', ['-rf', mounted.path('copy'), mounted.path('untarred')])
    t.equal(await mounted.run('ls', [mounted.mountpoint]), 'all.tar\n', 'rm -rf leaves nothing')
    t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
  },
)
