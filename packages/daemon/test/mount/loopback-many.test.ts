// Many files and deep names with few descriptors: the kernel knows thousands of nodes, the daemon holds none of them.

import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { whyNoMounts } from '../support/mount-environment.js'
import { testMount } from '../support/mount-test.js'

const DESCRIPTORS = 256
// Daemons and clients inherit it; Node.js raises the soft limit to the hard one.
if (whyNoMounts() === false) {
  const limit = `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`
  execFileSync('prlimit', ['--pid', `${process.pid}`, limit])
}

for (const handles of [true, false]) {
  const way = handles ? 'by handles' : 'by paths'
  testMount(
    `3000 files that are all known, and a listing of 5000 names, with ${DESCRIPTORS} descriptors (${way})`,
    { filesystem: 'loopback', workers: 4, set: { handles } },
    async (t, mounted) => {
      const result = await mounted.call(
        ({ fs }, folder, files, names) => {
          for (let index = 0; index < files; index += 1)
            fs.writeFileSync(`${folder}/file-${index}`, String(index))
          const inodes = new Set<number>()
          for (let index = 0; index < files; index += 1) {
            const path = `${folder}/file-${index}`
            inodes.add(fs.statSync(path).ino)
            if (fs.readFileSync(path, 'utf8') !== String(index)) throw new Error('another file')
          }
          fs.mkdirSync(`${folder}/many`)
          for (let index = 0; index < names; index += 1)
            fs.symlinkSync('x', `${folder}/many/link-${index}`)
          return { inodes: inodes.size, listed: new Set(fs.readdirSync(`${folder}/many`)).size }
        },
        mounted.mountpoint,
        3000,
        5_000,
      )
      t.same(result, { inodes: 3000, listed: 5_000 })
      const held = readdirSync(`/proc/${mounted.daemon.pid}/fd`).length
      t.ok(held < 200, `${held} descriptors in all`)
    },
  )

  testMount(
    `300 directories of 200 bytes each, one in the other (${way})`,
    { filesystem: 'loopback', workers: 4, set: { handles } },
    async (t, mounted) => {
      const deepest = await mounted.call(
        ({ fs }, folder, levels) => {
          const name = 'n'.repeat(200)
          process.chdir(folder)
          for (let level = 0; level < levels; level += 1) {
            fs.mkdirSync(name)
            process.chdir(name)
          }
          fs.writeFileSync('bottom', 'deep')
          fs.renameSync('bottom', 'renamed')
          const text = fs.readFileSync('renamed', 'utf8')
          const { ino } = fs.statSync('.')
          for (let level = 0; level < levels; level += 1) process.chdir('..')
          return { text, ino, names: fs.readdirSync('.') }
        },
        mounted.mountpoint,
        300,
      )
      t.match(deepest, { text: 'deep', names: ['n'.repeat(200)] })
      const found = execFileSync('find', [mounted.source, '-name', 'renamed', '-printf', '%d'])
      t.equal(found.toString(), '301', 'beneath it stands at that depth')
      // Too deep for rmSync(), which names paths as a whole.
      execFileSync('rm', ['-rf', mounted.source])
    },
  )
}
