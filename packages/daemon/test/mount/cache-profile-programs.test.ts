// cp, tar and git find under each cache profile what they would find on the directory beneath.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE_PROFILES, type CacheProfileName } from '@fuseloop/core/session'
import { checksums, makeTree } from '../support/file-tree.js'
import { GIT_IDENTITY } from '../support/git-identity.js'
import { testWorkers } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'

async function copyAndPack(mounted: Mounted): Promise<readonly string[]> {
  const original = join(mounted.root, 'original')
  mkdirSync(original)
  makeTree(original)
  await mounted.run('cp', ['-a', original, mounted.path('copy')])
  await mounted.run('tar', ['-cf', mounted.path('all.tar'), '-C', mounted.path('copy'), '.'])
  await mounted.run('mkdir', [mounted.path('untarred')])
  await mounted.run('tar', ['-xf', mounted.path('all.tar'), '-C', mounted.path('untarred')])
  await mounted.run('mv', [mounted.path('untarred'), mounted.path('moved')])
  const places = [
    original,
    mounted.path('copy'),
    mounted.path('moved'),
    join(mounted.source, 'moved'),
  ]
  // What is still in the page cache has to reach the directory beneath.
  await mounted.run('sync', ['-f', mounted.mountpoint])
  return await Promise.all(places.map((place) => checksums(mounted, place)))
}

async function commitAndClone(mounted: Mounted): Promise<string> {
  const repository = mounted.path('repository')
  const clone = mounted.path('clone')
  const git = (...args: string[]): Promise<string> =>
    mounted.run('git', args, { env: GIT_IDENTITY })
  await git('init', '-q', repository)
  await mounted.run('cp', ['-r', mounted.path('copy'), repository])
  await git('-C', repository, 'add', '.')
  await git('-C', repository, 'commit', '-q', '-m', 'first')
  await git('-C', repository, 'gc', '-q')
  await git('clone', '-q', repository, clone)
  await git('-C', clone, 'fsck', '--full', '--strict')
  await mounted.run('diff', ['-r', '-x', '.git', repository, clone])
  return await git('-C', clone, 'status', '--porcelain')
}

for (const cache of Object.keys(CACHE_PROFILES) as CacheProfileName[]) {
  testWorkers(
    `cache ${cache}, 4 workers: cp, tar, mv, git`,
    { filesystem: 'loopback', workers: 4, cache },
    async (t, mounted) => {
      const [expected, ...others] = await copyAndPack(mounted)
      for (const sums of others) t.equal(sums, expected)
      t.equal(await commitAndClone(mounted), '', 'the clone is clean')
      await mounted.run('rm', ['-rf', mounted.path('copy'), mounted.path('moved')])
      const left = await mounted.call(
        ({ fs }, folder) => fs.readdirSync(folder),
        mounted.mountpoint,
      )
      t.same(left.sort(), ['all.tar', 'clone', 'repository'])
      t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
    },
  )
}
