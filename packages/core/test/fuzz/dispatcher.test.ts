// Reader, ring and dispatcher over a device that sends what no kernel sends.

import * as fc from 'fast-check'
import t from 'tap'
import { fuzz } from './fuzz-run.js'
import { FuzzedSession } from './fuzzed-session.js'
import { malformedMessage, validMessages } from './malformed-messages.js'

const MiB = 1024 * 1024

/** Each with a unique of its own, unless `damaged` keeps whatever stands there. */
const messages = fc.array(fc.tuple(malformedMessage, fc.nat({ max: 9 })), {
  minLength: 1,
  maxLength: 60,
  size: 'max',
})

function numbered(given: readonly (readonly [Buffer, number])[]): Buffer[] {
  return given.map(([message, damaged], index) => {
    const own = Buffer.from(message)
    if (own.byteLength >= 40 && damaged > 0) own.writeBigUInt64LE(BigInt(2 * index + 2), 8)
    return own
  })
}

/** Names, nodes and handles that the messages may then mean. */
function opening(): Buffer[] {
  return validMessages()
    .filter((message) => [1, 14, 27, 35].includes(message[4] as number))
    .map((message, index) => {
      const own = Buffer.from(message)
      own.writeBigUInt64LE(BigInt(1_000_000 + 2 * index), 8)
      return own
    })
}

t.test('every request is answered once, whatever its bytes, and nothing is lost', async (t) => {
  let answers = 0
  await fuzz(
    fc.asyncProperty(messages, async (given) => {
      const session = new FuzzedSession()
      await session.serve([...opening(), ...numbered(given)])
      const { device, complaints, lostSlots } = session
      if (device.faults.length > 0) throw new Error(`wrong answers: ${device.faults.join('; ')}`)
      if (device.owed !== 0) throw new Error(`${device.owed} requests were never answered`)
      if (lostSlots !== 0) throw new Error(`${lostSlots} slots never came back`)
      if (complaints.length > 0) throw new Error(`handlers got ${complaints.join('; ')}`)
      const strange = session.log.filter((line) => !isExpected(line))
      if (strange.length > 0) throw new Error(`logged: ${strange.join('\n')}`)
      answers += device.answers
    }),
    400,
  )
  t.ok(answers > 400, `${answers} answers`)
})

/** Refusals of what a message holds, and a release that its handler refused; others are mistakes of our own. */
function isExpected(line: string): boolean {
  return /^([A-Z0-9_]+ \([^)]*unique \d+\) failed: ProtocolError|roll-back: FsError: EACCES)/.test(
    line,
  )
}

t.test('a long run of damaged messages leaves no memory behind', async (t) => {
  const batch = fc.sample(messages, { seed: 7, numRuns: 20 }).map(numbered)
  const session = new FuzzedSession()
  const used = (): number => {
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const before = used()
  let most = 0
  for (let round = 0; round < 30; round++) {
    for (const given of batch) {
      for (const message of given) session.device.put(message)
      await session.settle()
      session.log.length = 0
      most = Math.max(most, used())
    }
  }
  t.equal(session.device.owed, 0)
  t.ok(session.device.answers > 5000, `${session.device.answers} answers`)
  t.ok(most - before < 128 * MiB, `at most ${most - before} bytes more were in use`)
  t.ok(session.nodes.size < 200, `${session.nodes.size} nodes`)
})
