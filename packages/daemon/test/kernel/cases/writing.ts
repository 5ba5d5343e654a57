// What write(2) of the device refuses, and what becomes of the request then.

import type { Bench } from '../bench.js'
import type { KernelCase } from '../kernel-case.js'
import type { Json } from '../kernel-under-test.js'
import { attrOut, DIRECTORY_MODE, outMessage, struct } from '../wire.js'

const EIO = -5

/** A GETATTR is answered by `bytes(unique)`, then once more, rightly, if that has not ended it. */
function answerBy(name: string, expected: Json, bytes: (unique: bigint) => Uint8Array): KernelCase {
  return {
    name,
    expected,
    run: async (bench) => {
      const client = bench.start(['stat', ''])
      const { unique } = await bench.take('GETATTR')
      const write = bench.write(bytes(unique))
      return { write, again: rightly(bench, unique), client: await bench.last(client) }
    },
  }
}

const rightly = (bench: Bench, unique: bigint): string =>
  bench.reply({ unique }, attrOut(DIRECTORY_MODE))

const REFUSED = { write: 'EINVAL', again: 'ok', client: 'ok' }
const CONSUMED = { write: 'EINVAL', again: 'ENOENT', client: 'EIO' }

/** A right answer whose header tells another length. */
function ofLength(unique: bigint, difference: number): Buffer {
  const bytes = outMessage(0, unique, attrOut(DIRECTORY_MODE))
  bytes.writeUInt32LE(bytes.byteLength + difference, 0)
  return bytes
}

export const WRITING: readonly KernelCase[] = [
  answerBy(
    'a right answer is taken once',
    { write: 'ok', again: 'ENOENT', client: 'ok' },
    (unique) => outMessage(0, unique, attrOut(DIRECTORY_MODE)),
  ),
  answerBy('a write of 15 bytes is EINVAL', REFUSED, () => struct(15)),
  answerBy('an empty write is EINVAL', REFUSED, () => struct(0)),
  answerBy('a header that tells a byte more than the write is EINVAL', REFUSED, (unique) =>
    ofLength(unique, 1),
  ),
  answerBy('a header that tells a byte less than the write is EINVAL', REFUSED, (unique) =>
    ofLength(unique, -1),
  ),
  answerBy('a positive error is EINVAL and leaves the request', REFUSED, (unique) =>
    outMessage(2, unique),
  ),
  answerBy('an error of -512 is EINVAL and leaves the request', REFUSED, (unique) =>
    outMessage(-512, unique),
  ),
  answerBy('an error of -1000 is EINVAL and leaves the request', REFUSED, (unique) =>
    outMessage(-1000, unique),
  ),
  answerBy(
    'an error of -511 is taken, whatever it means',
    { write: 'ok', again: 'ENOENT', client: 'E511' },
    (unique) => outMessage(-511, unique),
  ),
  answerBy(
    'an error ends the request',
    { write: 'ok', again: 'ENOENT', client: 'EACCES' },
    (unique) => outMessage(-13, unique),
  ),
  answerBy('a body beside an error is EINVAL and ends the request with EIO', CONSUMED, (unique) =>
    outMessage(-2, unique, attrOut(DIRECTORY_MODE)),
  ),
  answerBy('a byte beside an error is EINVAL and ends the request with EIO', CONSUMED, (unique) =>
    outMessage(-2, unique, struct(1)),
  ),
  answerBy('no body where one is due is EINVAL and ends the request with EIO', CONSUMED, (unique) =>
    outMessage(0, unique),
  ),
  answerBy(
    'an unknown unique is ENOENT and leaves the others',
    { write: 'ENOENT', again: 'ok', client: 'ok' },
    (unique) => outMessage(EIO, unique + 1000n),
  ),
  answerBy(
    'an unknown unique is EINVAL rather than ENOENT if the error is out of range',
    REFUSED,
    (unique) => outMessage(-512, unique + 1000n),
  ),
  {
    name: 'a request that was not read cannot be answered',
    expected: { write: 'ENOENT', read: 'GETATTR' },
    run: async (bench) => {
      bench.start(['stat', ''])
      await bench.idleUntil('the client waits', () => bench.kernel.waiting === 1)
      // INIT was 2.
      return { write: rightly(bench, 4n), read: bench.next() }
    },
  },
  {
    name: 'answers may come in another order than the requests',
    expected: { writes: ['ok', 'ok'], clients: ['ok', 'EACCES'] },
    run: async (bench) => {
      const one = bench.start(['stat', ''])
      const first = await bench.take('GETATTR')
      const other = bench.start(['statfs'])
      const second = await bench.take('STATFS')
      const writes = [bench.fail(second, -13), rightly(bench, first.unique)]
      return { writes, clients: [await bench.last(one), await bench.last(other)] }
    },
  },
]
