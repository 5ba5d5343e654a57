// One contract for the two watchdogs: in memory, where a test moves the clock, and the native thread's.

import { KernelClient } from '@fuseloop/core/testing'
import { codeOf, testVirtually, type Virtual } from '../support/virtual-test.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('../mount/filesystems/late.js', import.meta.url)
/** As filesystems/late.ts has it for all but write. */
const DEADLINE_MS = 300
/** Long after the deadline. */
const LATE = 900

interface HandlerEvent {
  readonly event: 'lookup' | 'open' | 'read' | 'write' | 'settled' | 'release'
  readonly name: string
}

function seen({ events }: Virtual, event: string, name: string): number {
  return events<HandlerEvent>().filter((one) => one.event === event && one.name === name).length
}

/** What `use` ends with once its handler has begun and the deadline is over. */
async function lateCode(
  virtual: Virtual,
  begun: () => boolean,
  use: () => Promise<unknown>,
): Promise<string> {
  const code = codeOf(use)
  await waitUntil('the handler has begun', begun)
  await virtual.elapse(DEADLINE_MS + 1)
  return code
}

testVirtually(
  'at the deadline of a running read its client gets ETIMEDOUT, and others are served meanwhile',
  { filesystem },
  async (t, virtual) => {
    const { client, kernel, counters } = virtual
    const file = await client.open(`/read-${LATE}`)
    const begun = (): boolean => seen(virtual, 'read', `read-${LATE}`) === 1
    t.equal(await lateCode(virtual, begun, () => file.read(4096, 0)), 'ETIMEDOUT')
    t.match(counters(), { deadlinesPassed: 1, quarantined: 1, lateReplies: 0 })
    const other = await new KernelClient(kernel).open('/good')
    const reads = Array.from({ length: 100 }, () => other.read(4096, 0))
    for (const bytes of await Promise.all(reads)) t.equal(bytes.toString(), 'g'.repeat(4096))
    await other.close()
    await waitUntil('the handler settles', () => counters().lateReplies === 1)
    await waitUntil('its slot is free', () => counters().quarantined === 0)
    t.equal(counters().deadlinesPassed, 1)
    await file.close()
  },
)

testVirtually(
  'what came too late is taken back: handles are released, lookup counts are those of the kernel',
  { filesystem, timeoutCode: 'ESTALE' },
  async (t, virtual) => {
    const { client, counters, kernel } = virtual
    const opening = lateCode(
      virtual,
      () => seen(virtual, 'open', `open-${LATE}`) === 1,
      () => client.open(`/open-${LATE}`),
    )
    t.equal(await opening, 'ESTALE')
    const looking = (): boolean => seen(virtual, 'lookup', `lookup-${LATE}`) === 1
    t.equal(await lateCode(virtual, looking, () => client.stat(`/lookup-${LATE}`)), 'ESTALE')
    await waitUntil('both have settled', () => counters().lateReplies === 2)
    await waitUntil('it is released', () => seen(virtual, 'release', `open-${LATE}`) === 1)
    kernel.verify()
  },
)

testVirtually(
  'a handler that never settles costs its slot, and one without a deadline is waited for',
  { filesystem },
  async (t, virtual) => {
    const { client, counters } = virtual
    const stuck = await client.open('/stuck')
    const begun = (): boolean => seen(virtual, 'read', 'stuck') === 1
    t.equal(await lateCode(virtual, begun, () => stuck.read(10, 0)), 'ETIMEDOUT')
    const written = await client.open('/write-600', 'r+')
    const writing = written.write('text', 0)
    await waitUntil('the write has begun', () => seen(virtual, 'write', 'write-600') === 1)
    await virtual.elapse(86_400_000)
    t.equal(await writing, 4)
    t.equal(counters().deadlinesPassed, 1)
    // A slot that is being answered at this very moment counts too.
    await waitUntil('one slot is kept', () => counters().quarantined === 1)
    await stuck.close()
    await written.close()
  },
)

testVirtually(
  'behind a handler that blocks its thread all are answered in time, and not begun',
  { filesystem },
  async (t, virtual) => {
    const { client, counters, hasThreads } = virtual
    if (!hasThreads) {
      t.pass('the test itself would be blocked')
      return
    }
    const file = await client.open(`/blocks-${LATE}`)
    const reads = Array.from({ length: 5 }, () => codeOf(() => file.read(4096, 0)))
    t.same(await Promise.all(reads), new Array(5).fill('ETIMEDOUT'))
    t.equal(seen(virtual, 'settled', `blocks-${LATE}`), 0, 'while the thread is blocked')
    await waitUntil('it is free', () => seen(virtual, 'settled', `blocks-${LATE}`) === 1)
    await waitUntil('all slots are free', () => counters().quarantined === 0)
    t.equal(seen(virtual, 'read', `blocks-${LATE}`), 1)
    t.equal(counters().deadlinesPassed, 5)
    await file.close()
  },
)
