import type { NativeSession } from '@fuseloop/native'
import t from 'tap'
import { planSession } from '../../dist/session/session-plan.js'
import {
  chooseTransport,
  currentTransport,
  type TransportSetting,
} from '../../dist/session/transport-choice.js'

const MANY = 64

/** A session with the transports that have no reason against them; `asked` collects what it was asked for. */
function sessionWithout(reasons: Readonly<Record<string, string>>, asked: string[]): NativeSession {
  const useTransport = (name: string): string | undefined => {
    asked.push(name)
    return reasons[name]
  }
  return { useTransport } as unknown as NativeSession
}

function choose(
  transport: TransportSetting,
  reasons: Readonly<Record<string, string>> = {},
  {
    loop = 'multi',
    workers = MANY,
    offersUring = true,
  }: { loop?: 'single' | 'multi'; workers?: number; offersUring?: boolean } = {},
) {
  const asked: string[] = []
  const wish = { transport, loop, workers, workerNice: -1 }
  const circumstances = { offersUring, isBlocking: false }
  return { ...chooseTransport(sessionWithout(reasons, asked), wish, circumstances), asked }
}

t.test('auto takes the best, and says why not a better one', async (t) => {
  t.match(choose('auto'), { transport: 'uring', whyNot: {}, asked: ['uring'] })
  t.match(choose('auto', { uring: 'it is off' }), {
    transport: 'direct',
    whyNot: { uring: 'it is off' },
    asked: ['uring', 'direct'],
  })
  t.match(choose('auto', { uring: 'it is off', direct: 'none' }), {
    transport: 'ring',
    whyNot: { uring: 'it is off', direct: 'none' },
  })
})

t.test(
  'io_uring that the kernel refuses after all is told, and what runs in its place',
  async (t) => {
    const { transport, whyNot, headOfLineBlocking } = choose('auto')
    const choice = { transport, whyNot, headOfLineBlocking }
    const told = (failure: string | undefined) =>
      currentTransport(choice, { transportFailure: () => failure } as unknown as NativeSession)
    t.same(told(undefined), choice)
    t.same(told('REGISTER: Cannot allocate memory'), {
      transport: 'ring',
      whyNot: { uring: 'REGISTER: Cannot allocate memory', direct: 'uring was begun with' },
      headOfLineBlocking,
    })
  },
)

t.test('io_uring is not tried where the kernel does not offer it', async (t) => {
  const { transport, whyNot, asked } = choose('auto', {}, { offersUring: false })
  t.equal(transport, 'direct')
  t.match(whyNot.uring, /^the kernel does not offer it/)
  t.same(asked, ['direct'])
  t.throws(() => choose('uring', {}, { offersUring: false }), { code: 'ERR_FUSE_MOUNT' })
})

t.test('auto leaves io_uring alone with fewer workers than CPUs', async (t) => {
  const { transport, whyNot, asked } = choose('auto', {}, { workers: 0 })
  t.equal(transport, 'direct')
  t.match(whyNot.uring, /^each of \d+ CPUs is to have a worker of its own, and there are 0$/)
  t.same(asked, ['direct'])
  t.equal(choose('uring', {}, { workers: 0 }).transport, 'uring', 'unless it is asked for')
})

t.test('one that is asked for runs, or the mount fails and says why', async (t) => {
  const { transport, whyNot, asked } = choose('ring')
  t.equal(transport, 'ring')
  t.same(whyNot, { uring: 'ring was asked for', direct: 'ring was asked for' })
  t.same(asked, ['ring'])
  t.throws(() => choose('uring', { uring: 'it is off' }), {
    code: 'ERR_FUSE_MOUNT',
    message: 'transport uring cannot be had: it is off',
  })
})

t.test('loop single runs on ring', async (t) => {
  const { transport, whyNot, headOfLineBlocking } = choose('auto', {}, { loop: 'single' })
  t.equal(transport, 'ring')
  t.match(whyNot.direct, /^loop single: /)
  t.notOk(headOfLineBlocking)
  t.equal(planSession('hello', '.', { loop: 'single', transport: 'ring' }).transport, 'ring')
  for (const other of ['direct', 'uring'] as const)
    t.throws(() => planSession('hello', '.', { loop: 'single', transport: other }), {
      code: 'ERR_FUSE_USAGE',
      message: new RegExp(`loop single runs on ring, not on ${other}`),
    })
})

t.test('a handler that is stuck holds up others where there is one worker', async (t) => {
  t.equal(choose('direct', {}, { workers: 1 }).headOfLineBlocking, true)
  t.equal(choose('direct', {}, { workers: 2 }).headOfLineBlocking, false)
})

t.test('what is no transport is refused', async (t) => {
  t.throws(() => planSession('hello', '.', { transport: 'pigeon' as 'auto' }), {
    code: 'ERR_FUSE_USAGE',
    message: "transport: 'pigeon' is none of auto, uring, direct, ring",
  })
})
