// What is done on the mount: everyday programs, as child processes, and checks of what they left behind.

import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { programRunner } from './programs.mjs'
import { sumTree } from './test-data.mjs'

/** Trees on the mount that hold a copy of the test data. */
const copies = ['copy', 'extracted', 'clone']
const gitSettings = ['init.defaultBranch=main', 'gc.auto=0', 'maintenance.auto=false']

/**
 * @param {import('./place.mjs').Place} place
 * @param {import('./test-data.mjs').TestData} data
 * @param {AbortSignal} signal
 * @returns {{ name: string, run: () => Promise<string | undefined> }[]} `run` gives a remark for the report
 */
export function demoSteps(place, data, signal) {
  const run = programRunner(place, signal)
  return [...copySteps(place, data, run), ...gitSteps(place, run), ...checkSteps(place, data, run)]
}

function copySteps({ data: original, mountpoint }, data, run) {
  return [
    step('cp -r', async () => {
      await run('/', 'cp', '-r', original, join(mountpoint, 'copy'))
      return `${data.sums.size} files, ${(data.bytes / 1024 / 1024).toFixed(1)} MiB`
    }),
    step('tar create', async () => {
      await run(mountpoint, 'tar', '-cf', 'copy.tar', '-C', original, '.')
    }),
    step('tar extract', async () => {
      await run(mountpoint, 'mkdir', 'extracted')
      await run(mountpoint, 'tar', '-xf', 'copy.tar', '-C', 'extracted')
    }),
    step('ls -lR', async () => {
      const wanted = await run(original, 'ls', '-lR')
      const copied = await run(join(mountpoint, 'copy'), 'ls', '-lR')
      const extracted = await run(join(mountpoint, 'extracted'), 'ls', '-lR')
      // cp makes new files; tar restores the times of the old ones.
      requireSame(listing(wanted, false), listing(copied, false), 'copy')
      requireSame(listing(wanted, true), listing(extracted, true), 'extracted')
      return 'names, kinds, modes, owners and sizes as outside'
    }),
  ]
}

function gitSteps({ mountpoint }, run) {
  const settings = gitSettings.flatMap((setting) => ['-c', setting])
  const git = (folder, ...args) => run(join(mountpoint, folder), 'git', ...settings, ...args)
  return [
    step('git init', async () => void (await git('extracted', 'init', '--quiet'))),
    step('git add', async () => void (await git('extracted', 'add', '--all'))),
    step('git commit', async () => void (await git('extracted', 'commit', '-qm', 'Test data'))),
    step('git clone', async () => void (await git('.', 'clone', '-q', 'extracted', 'clone'))),
    step('git fsck', async () => {
      await git('clone', 'fsck', '--full', '--strict', '--no-progress')
      const changes = await git('clone', 'status', '--porcelain')
      if (changes !== '') throw new Error(`git status in the clone: ${changes.split('\n', 1)[0]}`)
    }),
  ]
}

function checkSteps(place, data, run) {
  return [
    step('sha256sum', async () => {
      const check = (name) => run(join(place.mountpoint, name), 'sha256sum', '-c', place.sums)
      await settleAll(copies.map(check))
      for (const name of copies) await requireSums(join(place.source, name), data.sums, name)
      return `${copies.length} copies of ${data.sums.size} files are identical`
    }),
    step('rm -rf', async () => {
      await run(place.mountpoint, 'rm', '-rf', 'copy')
      if (await exists(join(place.source, 'copy'))) throw new Error('the copy is still there')
    }),
  ]
}

function step(name, run) {
  return { name, run }
}

/** As Promise.all, but nothing runs on any more when it rejects. */
async function settleAll(promises) {
  const failed = (await Promise.allSettled(promises)).find(({ status }) => status === 'rejected')
  if (failed) throw failed.reason
}

/** What arrived in the source directory, seen without the mount: a wrong cache cannot hide there. */
async function requireSums(directory, wanted, name) {
  const { sums } = await sumTree(directory)
  const paths = new Set([...wanted.keys(), ...sums.keys()])
  for (const path of paths) {
    if (sums.get(path) !== wanted.get(path)) throw new Error(`${name}/${path} differs`)
  }
}

/** Lines of ls -lR without what differs between filesystems: blocks in use, sizes and links of directories. */
function listing(text, withTimes) {
  const lines = text.split('\n').filter((line) => !/^total \d/.test(line))
  return lines.map((line) => {
    const parts = /^(\S+) +(\d+) +(\S+) +(\S+) +(\d+) +(\S+ +\S+ +\S+) (.*)$/s.exec(line)
    if (parts === null) return line
    const [, mode, links, owner, group, size, time, name] = parts
    const figures = mode.startsWith('d') ? [] : [links, size]
    return [mode, ...figures, owner, group, withTimes ? time : '', name].join(' ')
  })
}

function requireSame(wanted, found, name) {
  const index = wanted.findIndex((line, each) => line !== found[each])
  if (index === -1 && wanted.length === found.length) return
  throw new Error(
    `${name}: '${found[index] ?? 'nothing'}' instead of '${wanted[index] ?? 'nothing'}'`,
  )
}

async function exists(path) {
  return await access(path).then(
    () => true,
    () => false,
  )
}
