// One contract for the two watchdogs: in memory, where a test moves the clock, and the native thread's.

import { KernelClient } from '@fuseloop/core/testing'
import { openGate } from '../support/gate.js'
import { codeOf, testVirtually, type Virtual } from '../support/virtual-test.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('../mount/filesystems/late.js', import.meta.url)
const DEADLINE_MS = 300

interface HandlerEvent {
  readonly event: 'lookup' | 'open' | 'read' | 'write' | 'settled' | 'release'
  readonly name: string
}

function seen({ events }: Virtual, event: HandlerEvent['event'], name: string): number {
  return events<HandlerEvent>().filter((one) => one.event === event && one.name === name).length
}

/**
 * What `use` ends with once its handler has begun and the deadline is over. One that no worker takes up by its deadline
 * is answered, too: then it is used again. A worker that has taken it up and has not come to the handler keeps the slot.
 */
async function lateCode(
  virtual: Virtual,
  event: HandlerEvent['event'],
  name: string,
  use: () => Promise<unknown>,
): Promise<{ code: string; tries: number }> {
  const hasBegun = (): boolean => seen(virtual, event, name) > 0
  for (let tries = 1; ; tries += 1) {
    let isOver = false
    const ended = codeOf(use).finally(() => {
      isOver = true
    })
    await waitUntil('the handler has begun, or never will', () => hasBegun() || isOver)
    if (!isOver) await virtual.elapse(DEADLINE_MS + 1)
    const code = await ended
    if (code === 'ok') return { code, tries }
    const isDropped = (): boolean => virtual.counters().quarantined === 0
    await waitUntil('it begins, or never will', () => hasBegun() || isDropped())
    if (hasBegun()) return { code, tries }
  }
}

testVirtually(
  'at the deadline of a running read its client gets ETIMEDOUT, and others are served meanwhile',
  { filesystem, timeouts: { default: 0, read: DEADLINE_MS } },
  async (t, virtual) => {
    const { client, kernel, counters } = virtual
    const file = await client.open('/read-gate')
    const late = await lateCode(virtual, 'read', 'read-gate', () => file.read(4096, 0))
    t.equal(late.code, 'ETIMEDOUT')
    // A slot that is being answered at this very moment counts too.
    await waitUntil('one slot is kept', () => counters().quarantined === 1)
    t.match(counters(), { deadlinesPassed: late.tries, lateReplies: 0 })
    const other = new KernelClient(kernel)
    const sizes = Array.from({ length: 100 }, async () => (await other.stat('/good')).size)
    t.same(new Set(await Promise.all(sizes)), new Set([4096n]))
    openGate(virtual, 'read')
    await waitUntil('the handler settles', () => counters().lateReplies === 1)
    await waitUntil('its slot is free', () => counters().quarantined === 0)
    t.equal(counters().deadlinesPassed, late.tries)
    await file.close()
  },
)

testVirtually(
  'what was opened too late is released',
  { filesystem, timeouts: { default: 0, open: DEADLINE_MS }, timeoutCode: 'ESTALE' },
  async (t, virtual) => {
    const { client, counters, kernel } = virtual
    const opening = lateCode(virtual, 'open', 'open-gate', () => client.open('/open-gate'))
    t.match(await opening, { code: 'ESTALE' })
    openGate(virtual, 'open')
    await waitUntil('it has settled', () => counters().lateReplies === 1)
    await waitUntil('it is released', () => seen(virtual, 'release', 'open-gate') === 1)
    kernel.verify()
  },
)

testVirtually(
  'after a lookup that came too late lookup counts are those of the kernel',
  { filesystem, timeouts: { default: 0, lookup: DEADLINE_MS }, timeoutCode: 'ESTALE' },
  async (t, virtual) => {
    const { client, counters, kernel } = virtual
    const looking = lateCode(virtual, 'lookup', 'lookup-gate', () => client.stat('/lookup-gate'))
    t.match(await looking, { code: 'ESTALE' })
    openGate(virtual, 'lookup')
    await waitUntil('it has settled', () => counters().lateReplies === 1)
    kernel.verify()
  },
)

testVirtually(
  'a handler that never settles costs its slot, and one without a deadline is waited for',
  { filesystem, timeouts: { default: 0, read: DEADLINE_MS, write: 0 } },
  async (t, virtual) => {
    const { client, counters } = virtual
    const stuck = await client.open('/stuck')
    const late = await lateCode(virtual, 'read', 'stuck', () => stuck.read(10, 0))
    t.equal(late.code, 'ETIMEDOUT')
    const written = await client.open('/write-600', 'r+')
    const writing = written.write('text', 0)
    await waitUntil('the write has begun', () => seen(virtual, 'write', 'write-600') === 1)
    await virtual.elapse(86_400_000)
    t.equal(await writing, 4)
    t.equal(counters().deadlinesPassed, late.tries)
    // A slot that is being answered at this very moment counts too.
    await waitUntil('one slot is kept', () => counters().quarantined === 1)
    await stuck.close()
    await written.close()
  },
)

testVirtually(
  'behind a handler that blocks its thread all are answered in time, and not begun',
  { filesystem, timeouts: { default: 0, read: DEADLINE_MS } },
  async (t, virtual) => {
    const { client, counters, hasThreads } = virtual
    if (!hasThreads) {
      t.pass('the test itself would be blocked')
      return
    }
    const file = await client.open('/blocks-gate')
    const read = () => file.read(4096, 0)
    const first = lateCode(virtual, 'read', 'blocks-gate', read)
    await waitUntil('it blocks', () => seen(virtual, 'read', 'blocks-gate') === 1)
    const others = Array.from({ length: 4 }, () => codeOf(read))
    t.same(new Set(await Promise.all(others)), new Set(['ETIMEDOUT']))
    const { code, tries } = await first
    t.equal(code, 'ETIMEDOUT')
    t.equal(counters().deadlinesPassed, tries + 4)
    openGate(virtual, 'blocks')
    await waitUntil('all slots are free', () => counters().quarantined === 0)
    t.equal(seen(virtual, 'read', 'blocks-gate'), 1)
    // Of a worker that was blocked for too long, and replaced, it is lost.
    t.match(await codeOf(() => file.close()), /^(ok|EIO)$/)
  },
)
