// Open files that all threads find by their identity, and that any of them closes.

import { constants } from 'node:fs'
import { Worker } from 'node:worker_threads'
import {
  close,
  closeShared,
  fstatx,
  openat,
  pwrite,
  shareFd,
  statxShared,
} from '@fuseloop/native/posix'
import t, { type Test } from 'tap'
import { codeOf, place } from './posix-test.js'

const { O_CREAT, O_RDWR } = constants

/** Opens files of a folder; each has as many bytes as it is told. */
function opener(t: Test): (name: string, size: number) => number {
  const { fd } = place(t)
  return (name, size) => {
    const file = openat(fd, name, O_CREAT | O_RDWR, 0o600)
    pwrite(file, Buffer.alloc(size), 0)
    return file
  }
}

t.test('a file is found by its identity until the last of its descriptors is closed', async (t) => {
  const open = opener(t)
  const [one, two] = [Buffer.from('one'), Buffer.from('on')]
  const [first, again, other] = [open('one', 1), open('one', 1), open('two', 2)]
  t.equal(statxShared(one), undefined)
  shareFd(first, one)
  shareFd(again, one)
  shareFd(other, two)
  t.same(statxShared(one), fstatx(again))
  t.same(statxShared(two), fstatx(other))
  for (const absent of ['o', 'onee', '', 'o\0'])
    t.equal(statxShared(Buffer.from(absent)), undefined)
  closeShared(first)
  t.equal(
    codeOf(() => fstatx(first)),
    'EBADF',
    'closed at once',
  )
  t.equal(statxShared(one)?.size, 1)
  closeShared(again)
  t.equal(statxShared(one), undefined)
  t.equal(statxShared(two)?.size, 2)
  closeShared(other)
})

t.test('a number that is given again is another file', async (t) => {
  const open = opener(t)
  const [one, two] = [Buffer.from('one'), Buffer.from('two')]
  const first = open('one', 1)
  shareFd(first, one)
  t.equal(
    codeOf(() => shareFd(first, two)),
    'EEXIST',
  )
  closeShared(first)
  const second = open('two', 2)
  t.equal(second, first)
  t.equal(statxShared(one), undefined)
  shareFd(second, two)
  t.equal(statxShared(one), undefined)
  t.equal(statxShared(two)?.size, 2)
  closeShared(second)
})

t.test('what is not shared is closed all the same', async (t) => {
  const file = opener(t)('file', 1)
  closeShared(file)
  t.equal(
    codeOf(() => close(file)),
    'EBADF',
  )
  t.equal(
    codeOf(() => closeShared(file)),
    'EBADF',
  )
})

/** Tells the size of the file that is shared as `identity`, and closes it. */
const ASKER = `
const { parentPort, workerData: { posix, identity, fd } } = require('node:worker_threads')
import(posix).then(({ statxShared, closeShared }) => {
  const { size } = statxShared(identity)
  closeShared(fd)
  parentPort.postMessage(size)
})`

t.test('a thread finds, and closes, what another one has opened', async (t) => {
  const identity = Buffer.from('identity')
  const fd = opener(t)('file', 77)
  shareFd(fd, identity)
  const posix = import.meta.resolve('@fuseloop/native/posix')
  const worker = new Worker(ASKER, { eval: true, workerData: { posix, identity, fd } })
  const size = await new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject)
  })
  await worker.terminate()
  t.equal(size, 77)
  t.equal(statxShared(identity), undefined)
  t.equal(
    codeOf(() => fstatx(fd)),
    'EBADF',
  )
})
