// Waiting by a thread's own time: what a pause has kept from happening still gets the rest of it.

import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { OwnTime, withinOwnTime } from '../../dist/pool/own-time.js'

/** As if the machine stood still: nothing happens on this thread. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

t.test('a pause counts no more than a look', async (t) => {
  const time = new OwnTime()
  pause(1500)
  t.ok(time.look() <= 100)
  pause(1500)
  t.ok(time.look() <= 200)
})

t.test('what comes a moment after a pause comes in time', async (t) => {
  let hasCome = false
  let come: () => void = () => undefined
  const coming = new Promise<void>((resolve) => {
    come = resolve
  })
  const waiting = withinOwnTime(1000, coming).then(() => hasCome)
  pause(1500)
  await delay(20)
  hasCome = true
  come()
  t.equal(await waiting, true)
})

t.test('what does not come is given up, and what fails fails', async (t) => {
  await withinOwnTime(150, new Promise(() => undefined))
  await t.rejects(withinOwnTime(1000, Promise.reject(new Error('as it is'))), {
    message: 'as it is',
  })
})
