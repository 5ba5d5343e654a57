// git: many small files, renames into place, packs that are mapped, locks by O_EXCL; then gc, fsck, worktree, clone.

import { join } from 'node:path'
import { differences } from '../support/trees.mjs'

const ENVIRONMENT = {
  ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.org' },
  ...{ GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.org' },
  ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
}

export async function git({ name, folder, beneath, mustRun, results, scale }) {
  const repository = join(folder, 'repository')
  const call = (...args) =>
    mustRun('git', ['-C', repository, ...args], { env: ENVIRONMENT, seconds: 300 })
  await mustRun('git', ['init', '-q', '-b', 'main', repository], { env: ENVIRONMENT })
  for (let commit = 1; commit <= Math.ceil(10 * scale); commit += 1) {
    const make = `for i in $(seq 60); do mkdir -p d$((i % 7)); seq $((i * ${commit})) >d$((i % 7))/f$i; done; ln -sf d1 link`
    await mustRun('sh', ['-c', make], { cwd: repository })
    await call('add', '-A')
    await call('commit', '-q', '-m', `commit ${commit}`)
  }
  const isQuiet = async (what, ...args) => results.check(`${name}: ${what}`, await call(...args))
  await isQuiet('status is clean', 'status', '--porcelain')
  await call('gc', '-q', '--aggressive', '--prune=now')
  await isQuiet('fsck after gc', 'fsck', '--full', '--strict', '--no-progress')
  await call('worktree', 'add', '-q', '-b', 'other', join(folder, 'worktree'))
  for (const [kind, ...options] of [
    ['local'],
    ['copied', '--no-hardlinks'],
    ['packed', '--no-local'],
  ]) {
    const clone = join(folder, kind)
    await mustRun('git', ['clone', '-q', ...options, repository, clone], { env: ENVIRONMENT })
    const fsck = ['-C', clone, 'fsck', '--full', '--strict', '--no-progress']
    results.check(
      `${name}: fsck of a ${kind} clone`,
      await mustRun('git', fsck, { env: ENVIRONMENT }),
    )
    await mustRun('diff', ['-r', '--no-dereference', '-x', '.git', repository, clone])
  }
  results.check(`${name}: same beneath`, await differences(mustRunAsRun(mustRun), folder, beneath))
}

function mustRunAsRun(mustRun) {
  return async (...args) => ({ code: 0, output: '', stdout: await mustRun(...args) })
}
