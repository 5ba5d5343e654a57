// git, which maps files, locks by names, links and renames, finds its repository intact on the loopback mount.

import { GIT_IDENTITY } from '../support/git-identity.js'
import { testMountInAllLoops } from '../support/mount-test.js'

testMountInAllLoops(
  'git init, commit, clone and fsck work',
  { filesystem: 'loopback' },
  async (t, mounted) => {
    const repository = mounted.path('repository')
    const git = (...args: string[]): Promise<string> =>
      mounted.run('git', ['-C', repository, ...args], { env: GIT_IDENTITY })
    await mounted.run('git', ['init', '-q', repository], { env: GIT_IDENTITY })
    await mounted.call(({ fs }, folder) => {
      for (let index = 0; index < 40; index += 1) {
        fs.writeFileSync(`${folder}/file-${index}`, `${index}\n`.repeat(index * 50))
      }
    }, repository)
    await git('add', '.')
    await git('commit', '-q', '-m', 'first')
    await mounted.run('rm', [`${repository}/file-7`])
    await git('commit', '-q', '-a', '-m', 'second')
    await mounted.run('git', ['clone', '-q', repository, mounted.path('clone')], {
      env: GIT_IDENTITY,
    })
    const clone = mounted.path('clone')

    t.equal(await git('status', '--porcelain'), '', 'the work tree is clean')
    t.match(await git('fsck', '--full', '--strict'), /^$/, 'fsck finds nothing')
    await git('gc', '-q')
    t.match(await git('fsck', '--full', '--strict'), /^$/, 'nor after repacking')
    await mounted.run('git', ['-C', clone, 'fsck', '--full'], { env: GIT_IDENTITY })
    t.equal(
      await mounted.run('git', ['-C', clone, 'log', '--format=%s'], { env: GIT_IDENTITY }),
      'second\nfirst\n',
      'the clone has both commits',
    )
    await mounted.run('diff', ['-r', '-x', '.git', repository, clone])
    t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
  },
)
