// Handlers that break their contract: one client pays, with EIO and a line in the log that names handler and opcode.

import { readRingCounters } from '@fuseloop/core/ring'
import t from 'tap'
import { everyName, lookedUp, serve, turns } from './served.js'

type Settle = (value: unknown) => void

/** A thenable that settles as `settle` does it, which no promise would. */
function thenable(settle: (resolve: Settle, reject: Settle) => void): unknown {
  // biome-ignore lint/suspicious/noThenProperty: a thenable by intent
  return { then: settle }
}

const ANSWERS: Readonly<Record<string, () => unknown>> = {
  NaN: () => Number.NaN,
  'a BigInt': () => 4n,
  'too much': () => 4097,
  'too many bytes of its own': () => Buffer.alloc(4097),
  'less than nothing': () => -1,
  'half a byte': () => 1.5,
  'a string': () => '4',
  'another view than bytes': () => new Uint16Array(2),
  'a promise of NaN': () => Promise.resolve(Number.NaN),
  'a promise of a BigInt': () => Promise.resolve(4n),
}

for (const [what, answer] of Object.entries(ANSWERS)) {
  t.test(`read that answers ${what}: EIO, a line, and the next one is served`, async (t) => {
    const answers = [answer, () => 2]
    const read = () => answers.shift()?.() as number
    const session = serve(t, everyName({ open: () => 1, read }))
    const node = await lookedUp(session)
    const { fh } = (await session.send(session.request.open(node))).opened
    t.equal((await session.send(session.request.read(node, fh, 0, 4096))).code, 'EIO')
    t.match(session.log, [/^READ \(handler read, unique \d+\) failed: FuseError: read returned /])
    t.equal((await session.send(session.request.read(node, fh, 0, 4096))).body.byteLength, 2)
    t.equal(readRingCounters(session.ring).lateReplies, 0)
  })
}

const TWICE: Readonly<Record<string, (resolve: Settle, reject: Settle) => void>> = {
  'two values': (resolve) => {
    resolve(1)
    resolve(3)
  },
  'a value and an error': (resolve, reject) => {
    resolve(1)
    reject(new Error('too late'))
  },
  'a value, and another when others have been served': (resolve) => {
    resolve(1)
    setImmediate(() => setImmediate(() => resolve(3)))
  },
  'a value, and then it throws': (resolve) => {
    resolve(1)
    throw new Error('too late')
  },
}

for (const [what, settle] of Object.entries(TWICE)) {
  t.test(
    `read that answers twice, ${what}: the first counts, nobody gets the second`,
    async (t) => {
      const answers = [() => thenable(settle), () => 2, () => 2]
      const read = () => answers.shift()?.() as number
      const session = serve(t, everyName({ open: () => 1, read }), { slotCount: 1 })
      const { request } = session
      const node = await lookedUp(session)
      const { fh } = (await session.send(request.open(node))).opened
      const lengths: number[] = []
      for (let index = 0; index < 3; index++) {
        lengths.push((await session.send(request.read(node, fh, 0, 4096))).body.byteLength)
        await turns()
      }
      t.same(lengths, [1, 2, 2])
      t.match(readRingCounters(session.ring), { lateReplies: 0, refusedReplies: 0, quarantined: 0 })
      t.same(session.log, [])
    },
  )
}
