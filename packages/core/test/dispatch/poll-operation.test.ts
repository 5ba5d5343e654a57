// POLL: what handlers get, what they may give, and how they wake.

import type { PollHandle } from '@fuseloop/core/session'
import t from 'tap'
import { everyName, lookedUp, refusedAsJunk, serve, turns } from './served.js'

const IN = 1
const OUT = 4

t.test('poll gets file and events, and a handle while somebody waits', async (t) => {
  const seen: unknown[] = []
  const handles: (PollHandle | undefined)[] = []
  const woken: bigint[] = []
  const session = serve(
    t,
    everyName({
      open: () => 7,
      poll: (file, events, handle) => {
        seen.push([file.handle, events])
        handles.push(handle)
        return events & OUT
      },
    }),
    { kernel: { onPoll: (kh) => woken.push(kh) } },
  )
  const { request } = session
  const node = await lookedUp(session)
  t.equal((await session.send(request.poll(node, 7, IN | OUT))).revents, OUT)
  t.equal(handles[0], undefined, 'nobody waits')
  const kh = 0xfedc_ba98_7654_3210n
  t.equal((await session.send(request.poll(node, 7, IN, kh))).revents, 0)
  await session.send(request.poll(node, 7, IN, kh))
  await session.send(request.poll(node, 7, IN, 5n))
  t.same(seen, [
    [7, IN | OUT],
    [7, IN],
    [7, IN],
    [7, IN],
  ])
  t.equal(handles[1], handles[2], 'one object while it is not used')
  t.not(handles[1], handles[3], 'another open file')
  t.equal(handles[1]?.kh, kh)
  handles[1]?.notify()
  handles[1]?.notify()
  handles[3]?.notify()
  await turns(6)
  t.same(woken, [kh, 5n], 'each once')
  await session.send(request.poll(node, 7, IN, kh))
  t.not(handles[4], handles[1], 'a new one after it was used')
  await session.notify.pollWakeup(kh)
  t.same(woken, [kh, 5n, kh], 'by its kh, from anywhere')
})

t.test('junk from poll is EIO', async (t) => {
  let given: unknown
  const session = serve(t, { poll: () => given as number })
  for (given of [undefined, -1, 0x10000, 1.5, NaN, 1n, '1', null]) {
    const reply = await session.send(session.request.poll(1, 0, IN))
    refusedAsJunk(t, session, reply, 'POLL', String(given))
  }
  given = 0xffff
  t.equal((await session.send(session.request.poll(1, 0, IN))).revents, 0xffff)
})

t.test('without a method POLL is ENOSYS, which the kernel remembers', async (t) => {
  const session = serve(t, everyName())
  t.equal((await session.send(session.request.poll(1, 0, IN, 1n))).code, 'ENOSYS')
  t.same(session.log, [])
})
