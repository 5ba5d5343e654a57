// One contract over both ways of notifications: whatever is sent in one go, the thread of memory and the native
// one tell the kernel the same, in the same order, and give the same results.

import type { Notifier } from '@fuseloop/core'
import { serveInMemory, type VirtualKernel } from '@fuseloop/core/testing'
import { servePool } from '@fuseloop/daemon/testing'
import * as fc from 'fast-check'
import t from 'tap'

const filesystem = new URL('../mount/filesystems/asynchronous.js', import.meta.url)
/** Of FUSE's first nodes; the last one is unknown. */
const node = fc.constantFrom(1, 2, 3, 77)
const offset = fc.constantFrom(0, 1, 4096, 8192, 12_288, 2 ** 40, 2 ** 53 - 1)
const length = fc.constantFrom(undefined, 1, 4096, 8192, 2 ** 40)
const name = fc.constantFrom('timer-1', 'timer-2', 'nobody')

type Call = (notifier: Notifier) => Promise<unknown>

const call: fc.Arbitrary<{ readonly text: string; readonly call: Call }> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ node, offset, length }).map((given) => ({
      text: `INVAL_INODE ${JSON.stringify(given)}`,
      call: (notifier: Notifier) =>
        notifier.invalidateInode(given.node, {
          offset: given.offset,
          ...(given.length !== undefined && { length: given.length }),
        }),
    })),
  },
  {
    weight: 2,
    arbitrary: node.map((own) => ({
      text: `INVAL_INODE ${own}`,
      call: (notifier: Notifier) => notifier.invalidateInode(own),
    })),
  },
  {
    weight: 3,
    arbitrary: fc.record({ node, name, expireOnly: fc.boolean() }).map((given) => ({
      text: `INVAL_ENTRY ${JSON.stringify(given)}`,
      call: (notifier: Notifier) => notifier.invalidateEntry(given.node, given.name, given),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.record({ node, name }).map((given) => ({
      text: `DELETE ${JSON.stringify(given)}`,
      call: (notifier: Notifier) => notifier.deleteEntry(1, given.node, given.name),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.record({ node, offset: fc.constantFrom(0, 4096) }).map((given) => ({
      text: `STORE ${JSON.stringify(given)}`,
      call: (notifier: Notifier) => notifier.store(given.node, given.offset, Buffer.alloc(5000)),
    })),
  },
  {
    weight: 1,
    arbitrary: node.map((own) => ({
      text: `RETRIEVE ${own}`,
      call: async (notifier: Notifier) => (await notifier.retrieve(own, 0, 9000))?.byteLength,
    })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('incrementEpoch' as const, 'resend' as const).map((method) => ({
      text: method,
      call: (notifier: Notifier) => notifier[method](),
    })),
  },
)

/** Runs all in one go and tells what came of it. */
async function run(
  kernel: VirtualKernel,
  notifier: Notifier,
  calls: readonly Call[],
): Promise<string> {
  for (const own of ['timer-1', 'timer-2']) await kernel.send(kernel.request.lookup(1, own))
  const told: string[] = []
  const notified = kernel.notified.bind(kernel)
  kernel.notified = (code, body) => {
    const result = notified(code, body)
    // notify_unique is each channel's own.
    const text = Buffer.from(body)
    if (code === 5) text.fill(0, 0, 8)
    told.push(`${code} ${text.subarray(0, 48).toString('hex')} ${result}`)
    return result
  }
  // The native thread waits within this one until the event loop turns, so that all others are queued.
  const all = [notifier.prune([77]), ...calls.map((own) => own(notifier))].map((result) =>
    result.then(String, (error: NodeJS.ErrnoException) => error.code),
  )
  const results = await Promise.all(all)
  kernel.notified = notified
  // Nodes must be the same in the next run.
  return JSON.stringify([told, results])
}

async function inMemory(calls: readonly Call[]): Promise<string> {
  const { default: definition } = await import(filesystem.href)
  const session = await serveInMemory(definition, { set: { events: '/dev/null' } })
  const text = await run(session.kernel, session.notify, calls)
  await session.close()
  return text
}

async function overTheThread(calls: readonly Call[]): Promise<string> {
  const pool = await servePool(filesystem, { loop: 'single', set: { events: '/dev/null' } })
  const text = await run(pool.kernel, pool.notify, calls)
  await pool.close()
  return text
}

t.test('both give the same to any sequence of calls', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 24, size: 'max' }), async (sequence) => {
      const calls = sequence.map((one) => one.call)
      const first = await inMemory(calls)
      const second = await overTheThread(calls)
      if (first !== second) {
        const text = sequence.map((one) => one.text).join('\n')
        throw new Error(`${text}\nmemory ${first}\nnative ${second}`)
      }
    }),
    { seed: 79, numRuns: 120 },
  )
})
