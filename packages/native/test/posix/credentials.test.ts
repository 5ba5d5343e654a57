// Files made in somebody's name: by this thread, not by the process, and never longer than asked for.

import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { mkdirat, openat, pwrite, umask, withOwner, withoutFsetid } from '@fuseloop/native/posix'
import t from 'tap'
import { codeOf, place } from './posix-test.js'

const notRoot = process.getuid?.() === 0 ? false : 'needs root'

/** Ids and capabilities of the calling thread, as the kernel has them. */
function credentials(): string[] {
  const status = readFileSync('/proc/thread-self/status', 'utf8')
  return status.split('\n').filter((line) => /^(Uid|Gid|Groups|CapEff)/.test(line))
}

t.test('what is made belongs to whom it is made for', { skip: notRoot }, async (t) => {
  const { path, fd } = place(t)
  const before = credentials()
  withOwner(1234, 2345, undefined, () => mkdirat(fd, 'made', 0o755))
  t.same(credentials(), before, 'and all is as it was')
  const { uid, gid } = statSync(join(path, 'made'))
  t.same([uid, gid], [1234, 2345])
  const inside = withOwner(1234, 2345, [7, 8], credentials)
  t.match(inside.join('\n'), /Groups:\s+7 8/)
  t.match(
    inside.find((line) => line.startsWith('CapEff')),
    before.find((line) => line.startsWith('CapEff')) as string,
    'capabilities stay',
  )
  t.match(withOwner(1, 1, [], credentials).join('\n'), /Groups:\s*$/m)
  t.same(credentials(), before)
  t.equal(
    codeOf(() =>
      withOwner(1234, 2345, [7], () => {
        throw Object.assign(new Error('inside'), { code: 'EINSIDE' })
      }),
    ),
    'EINSIDE',
  )
  t.same(credentials(), before, 'also after an error')
})

t.test('other threads keep their own', { skip: notRoot }, async (t) => {
  const { path, fd } = place(t)
  const source = `
    const { parentPort, workerData } = require('node:worker_threads')
    import('${import.meta.resolve('@fuseloop/native/posix')}').then(({ withOwner, mkdirat, unshareUmask, umask }) => {
      unshareUmask()
      umask(0o077)
      withOwner(1234, 2345, [7], () => {
        parentPort.postMessage('assumed')
        Atomics.wait(workerData, 0, 0, 20_000)
      })
    })`
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(source, { eval: true, workerData: gate })
  await new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  const last = umask(0o022)
  mkdirat(fd, 'ours', 0o777)
  umask(last)
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
  await new Promise((resolve) => worker.once('exit', resolve))
  const { uid, gid, mode } = statSync(join(path, 'ours'))
  t.same([uid, gid, mode & 0o777], [0, 0, 0o755])
})

t.test('a write without CAP_FSETID clears set-ID bits', { skip: notRoot }, async (t) => {
  const { path, fd } = place(t)
  const file = join(path, 'file')
  writeFileSync(file, '')
  const open = openat(fd, 'file', 2)
  chmodSync(file, 0o6755)
  pwrite(open, Buffer.from('x'), 0)
  t.equal(statSync(file).mode & 0o7777, 0o6755)
  const before = credentials()
  withoutFsetid(() => pwrite(open, Buffer.from('x'), 0))
  t.equal(statSync(file).mode & 0o7777, 0o755)
  t.same(credentials(), before)
})
