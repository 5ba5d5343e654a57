import { ControlPage, SessionState, SlotHeader } from '@fuseloop/core/ring'
import { SlotContext } from '@fuseloop/core/session'
import t from 'tap'
import { smallRing } from '../ring/ring-memory.js'

const GETATTR = 3

function contextOf(ids: { uid?: number; gid?: number; pid?: number } = {}) {
  const ring = smallRing()
  const slot = ring.arm() + 1
  const header = ring.slotOffset(slot) + SlotHeader.request
  ring.fill(slot, GETATTR, 56, 2n)
  ring.view.setUint32(header + 24, ids.uid ?? 0, true)
  ring.view.setUint32(header + 28, ids.gid ?? 0, true)
  ring.view.setUint32(header + 32, ids.pid ?? 0, true)
  return { ring, slot, context: new SlotContext(ring, slot, 3) }
}

t.test('the caller is read from the request header of the slot', async (t) => {
  const { context } = contextOf({ uid: 1000, gid: 100, pid: 4711 })
  t.equal(context.uid, 1000)
  t.equal(context.gid, 100)
  t.equal(context.pid, 4711)
  t.equal(context.worker, 3)
})

t.test('ids are unsigned, and what the kernel does not tell is undefined', async (t) => {
  const large = contextOf({ uid: 0xfffffffe, gid: 0x80000000 }).context
  t.equal(large.uid, 0xfffffffe)
  t.equal(large.gid, 0x80000000)
  const unknown = contextOf({ uid: 0xffffffff, gid: 0xffffffff }).context
  t.equal(unknown.uid, undefined)
  t.equal(unknown.gid, undefined)
})

t.test('the caller of the slot’s next request is seen through the same object', async (t) => {
  const { ring, slot, context } = contextOf({ uid: 1 })
  t.equal(context.uid, 1)
  ring.view.setUint32(ring.slotOffset(slot) + SlotHeader.request + 24, 2, true)
  t.equal(context.uid, 2)
})

t.test('interrupted is true once the reader has marked the slot', async (t) => {
  const { ring, slot, context } = contextOf()
  t.equal(context.interrupted, false)
  ring.interrupt(slot - 1)
  t.equal(context.interrupted, false, 'another slot')
  ring.interrupt(slot)
  t.equal(context.interrupted, true)
})

t.test('a signal taken before the interrupt is aborted with EINTR, once', async (t) => {
  const { ring, slot, context } = contextOf()
  const { signal } = context
  let aborts = 0
  signal.addEventListener('abort', () => aborts++)
  context.propagateInterrupt()
  t.equal(signal.aborted, false, 'some other request was interrupted')
  ring.interrupt(slot)
  context.propagateInterrupt()
  context.propagateInterrupt()
  t.equal(signal.aborted, true)
  t.equal(aborts, 1)
  t.match(signal.reason, { code: 'EINTR' })
  t.equal(context.signal, signal, 'the same signal again')
})

t.test('a signal taken after the interrupt is aborted at once', async (t) => {
  const { ring, slot, context } = contextOf()
  ring.interrupt(slot)
  context.propagateInterrupt()
  t.equal(context.signal.aborted, true)
})

t.test('the next request has a signal and umask of its own', async (t) => {
  const { ring, slot, context } = contextOf()
  context.umask = 0o22
  const { signal } = context
  ring.interrupt(slot)
  context.propagateInterrupt()
  ring.release(slot)
  ring.fill(slot, GETATTR, 56, 4n)
  context.reset()
  t.equal(context.umask, 0)
  t.not(context.signal, signal)
  t.equal(context.signal.aborted, false)
})

t.test(
  'a signal is aborted when somebody else has answered: the deadline has passed',
  async (t) => {
    const { ring, slot, context } = contextOf()
    const { signal } = context
    ring.takeUnique(slot)
    context.propagateInterrupt()
    t.match(signal.reason, { code: 'ETIMEDOUT' })
  },
)

t.test('a signal is aborted when the connection ends', async (t) => {
  const { ring, context } = contextOf()
  const { signal } = context
  ring.state = SessionState.ENDED
  context.propagateInterrupt()
  t.match(signal.reason, { code: 'ECONNABORTED' })
})

t.test('once the handler has settled its signal is aborted no more', async (t) => {
  const { ring, slot, context } = contextOf()
  const { signal } = context
  context.settle()
  ring.takeUnique(slot)
  context.propagateInterrupt()
  t.equal(signal.aborted, false)
})

t.test('the deadline is in ms of performance.now(), where the operation has one', async (t) => {
  const { ring, slot, context } = contextOf()
  const offset = ring.slotOffset(slot) + SlotHeader.filledAt
  const before = performance.now()
  ring.view.setBigUint64(offset, process.hrtime.bigint(), true)
  const after = performance.now()
  t.equal(context.deadline, undefined)
  ring.view.setUint32(ControlPage.timeouts + GETATTR * 4, 5000, true)
  const deadline = context.deadline ?? 0
  t.ok(deadline > before + 4999 && deadline < after + 5001, `${deadline - before} ms`)
})
