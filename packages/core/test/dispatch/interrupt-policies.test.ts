// What becomes of requests whose clients are interrupted, by policy: while they wait, and while handlers work.

import type { RequestContext } from '@fuseloop/core'
import { readRingCounters } from '@fuseloop/core/ring'
import type { InterruptPolicy } from '@fuseloop/core/session'
import t from 'tap'
import { DIRECTORY, everyName, gate, lookedUp, serve, turns } from './served.js'

interface Seen {
  readonly interrupted: boolean
  readonly reason: string | undefined
}

/** A MKDIR whose handler waits for the gate and tells what it knew at its end. */
function makingDirectories(policy: InterruptPolicy) {
  const { opened, open } = gate()
  const seen: Seen[] = []
  const mkdir = async (
    _parent: unknown,
    _name: unknown,
    _mode: unknown,
    context: RequestContext,
  ) => {
    const { signal } = context
    await opened
    const { code } = (signal.reason ?? {}) as NodeJS.ErrnoException
    seen.push({ interrupted: context.interrupted, reason: code })
    return { attributes: DIRECTORY }
  }
  return { handlers: everyName({ mkdir }), open, seen, rules: { interrupts: { mkdir: policy } } }
}

const TOLD = { interrupted: true, reason: 'EINTR' }
const NOT_TOLD = { interrupted: false, reason: undefined }

const RUNNING = [
  ['ignore', NOT_TOLD, undefined],
  ['signal', TOLD, undefined],
  ['cancel', TOLD, undefined],
  ['answer', TOLD, 'EINTR'],
] as const

for (const [policy, knew, code] of RUNNING) {
  t.test(`${policy}: while the handler works`, async (t) => {
    const { handlers, open, seen, rules } = makingDirectories(policy)
    const session = serve(t, handlers, rules)
    const sent = session.requestSend(session.request.mkdir(1, 'd', 0))
    await turns()
    await session.interrupt(sent)
    await turns()
    const isAnswered = code !== undefined
    t.equal(session.kernel.waiting, isAnswered ? 0 : 1)
    t.equal(readRingCounters(session.ring).quarantined, isAnswered ? 1 : 0)
    open()
    t.equal((await sent.reply).code, code)
    await turns()
    t.same(seen, [knew])
    t.equal(session.nodes.size, isAnswered ? 1 : 2, 'a late entry is taken back')
    t.match(readRingCounters(session.ring), { quarantined: 0, lateReplies: isAnswered ? 1 : 0 })
    t.same(session.log, [], 'being interrupted is no news')
  })
}

const WAITING = [
  ['ignore', [NOT_TOLD], undefined],
  ['signal', [TOLD], undefined],
  ['cancel', [], 'EINTR'],
  ['answer', [], 'EINTR'],
] as const

for (const [policy, knew, code] of WAITING) {
  t.test(`${policy}: while no handler has begun`, async (t) => {
    const { handlers, open, seen, rules } = makingDirectories(policy)
    const session = serve(t, handlers, { ...rules, slotCount: 1 })
    open()
    const waits = [1, 2].map((index) =>
      session.requestSend(session.request.mkdir(1, `d${index}`, 0)),
    )
    // One in its slot, one beside the ring; both are read with their INTERRUPTs.
    for (const sent of waits) session.kernel.signal(sent)
    for (const { reply } of waits) t.equal((await reply).code, code)
    await turns()
    t.same(seen, [...knew, ...knew])
  })
}

t.test('a handle that comes after its client was answered EINTR is released', async (t) => {
  const { opened, open } = gate()
  const released: unknown[] = []
  const handlers = everyName({
    open: () => opened.then(() => ({ handle: {} })),
    release: () => void released.push('release'),
  })
  const session = serve(t, handlers, { interrupts: { open: 'answer' } })
  const sent = session.requestSend(session.request.open(await lookedUp(session)))
  await turns()
  await session.interrupt(sent)
  t.equal((await sent.reply).code, 'EINTR')
  open()
  await turns()
  t.same(released, ['release'])
  t.equal(session.handles.size, 0)
})
