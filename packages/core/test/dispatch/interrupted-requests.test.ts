// What an interrupt does to a request that runs, and to one that waits.

import type { RequestContext } from '@fuseloop/core/session'
import type { SentRequest } from '@fuseloop/core/testing'
import t from 'tap'
import { FILE, gate, serve, turns } from './served.js'

t.test('an interrupt reaches a running handler by its signal and its flag', async (t) => {
  const contexts: RequestContext[] = []
  let aborted: Error | undefined
  const session = serve(t, {
    mkdir: (_parent, _name, _mode, context) =>
      new Promise((_resolve, reject) => {
        contexts.push(context)
        context.signal.addEventListener('abort', () => {
          aborted = context.signal.reason as Error
          reject(context.signal.reason)
        })
      }),
  })
  const sent = session.requestSend(session.request.mkdir(1, 'd', 0))
  await turns()
  t.equal(contexts[0]?.interrupted, false)
  await session.interrupt(sent)
  t.equal((await sent.reply).code, 'EINTR')
  t.match(aborted, { code: 'EINTR' })
  t.same(session.log, [])
})

t.test('a signal that is asked for after the interrupt is aborted already', async (t) => {
  const { opened, open } = gate()
  const session = serve(t, {
    mkdir: async (_parent, _name, _mode, context) => {
      await opened
      t.equal(context.interrupted, true)
      t.equal(context.signal.aborted, true)
      return { attributes: { mode: 0o040755 } }
    },
  })
  const sent = session.requestSend(session.request.mkdir(1, 'd', 0))
  await turns()
  await session.interrupt(sent)
  open()
  t.equal((await sent.reply).error, 0, 'the handler decides: it went on')
})

t.test('an interrupt reaches its own request only', async (t) => {
  const { opened, open } = gate()
  const signals: AbortSignal[] = []
  const session = serve(t, {
    getattr: async (_node, _file, context) => {
      signals.push(context.signal)
      await opened
      return FILE
    },
  })
  const messages = [session.request.getattr(2), session.request.getattr(2)]
  const sent = messages.map((message) => session.requestSend(message))
  await turns()
  await session.interrupt(sent[1] as SentRequest)
  await turns()
  t.same(
    signals.map((signal) => signal.aborted),
    [false, true],
  )
  open()
  await Promise.all(sent.map(({ reply }) => reply))
})

t.test('an interrupt ends what is queued, calling no handler, if that only looks', async (t) => {
  const calls: string[] = []
  const session = serve(t, {
    lookup: () => void calls.push('lookup'),
    mkdir: () => {
      calls.push('mkdir')
      return { attributes: { mode: 0o040755 } }
    },
  })
  const { request } = session
  const messages = [request.lookup(1, 'a'), request.mkdir(1, 'd', 0)]
  const sent = messages.map((message) => session.requestSend(message))
  for (const request of sent) session.kernel.signal(request)
  t.same(
    (await Promise.all(sent.map(({ reply }) => reply))).map((reply) => reply.code),
    ['EINTR', undefined],
  )
  t.same(calls, ['mkdir'])
})
