// More requests than slots: those that wait beside the ring can be interrupted, pass their deadlines, and let
// FORGET through. In memory and by the native reader.

import type { SentRequest, VirtualKernel } from '@fuseloop/core/testing'
import { openGate } from '../support/gate.js'
import { testVirtually } from '../support/virtual-test.js'
import { waitUntil } from '../support/wait-until.js'

const interruptible = new URL('../mount/filesystems/interruptible.js', import.meta.url)
const late = new URL('../mount/filesystems/late.js', import.meta.url)
/** More than any carrier has slots. */
const READS = 300

interface Opened {
  readonly nodeid: number
  readonly fh: bigint
}

async function opened(kernel: VirtualKernel, name: string): Promise<Opened> {
  const { nodeid } = (await kernel.send(kernel.request.lookup(1, name))).entry
  const { fh } = (await kernel.send(kernel.request.open(nodeid))).opened
  return { nodeid, fh }
}

function readMany(kernel: VirtualKernel, { nodeid, fh }: Opened): SentRequest[] {
  return Array.from({ length: READS }, () =>
    kernel.requestSend(kernel.request.read(nodeid, fh, 0, 10)),
  )
}

testVirtually(
  'with every slot taken FORGET gets through, and interrupts reach the running and the held',
  { filesystem: interruptible },
  async (t, { kernel, counters, events }) => {
    const file = await opened(kernel, 'signal')
    const other = await kernel.send(kernel.request.lookup(1, 'other'))
    const reads = readMany(kernel, file)
    const begun = (): number => events<{ event: string }>().length
    await waitUntil('all slots are taken', () => begun() + counters().held === READS)
    t.ok(counters().held > 0, `${counters().held} are held`)
    const { forgets } = counters()
    kernel.cache.forget(BigInt(other.entry.nodeid), 1n)
    kernel.requestSendNoReply(other.entry.nodeid, 1)
    await waitUntil('the FORGET is taken up', () => counters().forgets === forgets + 1)
    // The last come are held.
    const held = reads.at(-1) as SentRequest
    kernel.signal(held)
    t.equal((await held.reply).code, 'EINTR')
    for (const read of reads.slice(0, -1)) kernel.signal(read)
    for (const { reply } of reads) t.equal((await reply).code, 'EINTR')
    // The reader counts what it has placed or answered afterwards.
    await waitUntil('none is held', () => counters().held === 0)
    // A slot counts until its worker, which has answered, sets it free.
    await waitUntil('no slot is kept', () => counters().quarantined === 0)
    await kernel.send(kernel.request.release(file.nodeid, file.fh))
  },
)

testVirtually(
  'held requests pass their deadlines too',
  { filesystem: late, timeouts: { default: 0, read: 300 } },
  async (t, virtual) => {
    const { kernel, counters, elapse } = virtual
    const file = await opened(kernel, 'read-gate')
    const reads = readMany(kernel, file)
    await waitUntil('requests are held, or were', () => {
      const { requests, held, deadlinesPassed } = counters()
      return requests >= READS && held + deadlinesPassed > 0
    })
    await elapse(301)
    for (const { reply } of reads) t.equal((await reply).code, 'ETIMEDOUT')
    t.equal(counters().deadlinesPassed, READS)
    await waitUntil('none is held', () => counters().held === 0)
    t.ok(counters().quarantined < READS, 'those that were held are nobody’s')
    openGate(virtual, 'read')
    await waitUntil('all have settled', () => counters().quarantined === 0)
    await kernel.send(kernel.request.release(file.nodeid, file.fh))
  },
)
