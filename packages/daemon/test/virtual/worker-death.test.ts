// Workers that die: whoever waits for them gets EIO, others are served, and a new worker takes the seat.

import t from 'tap'
import { codeOf } from '../support/virtual-test.js'
import { waitUntil } from '../support/wait-until.js'
import { readAt, serveDying, serving } from './dying-pool.js'

t.setTimeout(600_000)

const DEATHS = [
  ['throw', /thrown outside a request/],
  ['reject', /rejected outside a request/],
  ['exit', /code: 3/],
  ['memory', /memory limit/],
] as const

for (const [name, reason] of DEATHS) {
  t.test(`/${name}: EIO, and the seat is taken again`, async (t) => {
    const { served, client } = await serveDying(t, {
      workers: 2,
      resourceLimits: { maxOldGenerationSizeMb: 24 },
    })
    t.equal(await readAt(client, name), 'EIO')
    const { worker, lastEnd } = await waitUntil('its restart is told', () =>
      served.status().workers.find(({ restarts }) => restarts === 1),
    )
    t.match(lastEnd?.reason, reason)
    await waitUntil('both workers are alive', () => serving(served) === 2)
    t.ok(Date.parse(lastEnd?.at ?? '') <= Date.now())
    t.equal(served.status().workers[1 - worker]?.restarts, 0)
    t.match(await readAt(client, 'other'), /[01]/)
  })
}

t.test(
  'what a dead worker kept is EIO, its release succeeds, and others keep theirs',
  async (t) => {
    const { served, client } = await serveDying(t, { workers: 2 })
    const files = await Promise.all(Array.from({ length: 8 }, () => client.open('/object')))
    const owners = await Promise.all(files.map((file) => file.read(10, 0).then(String)))
    t.equal(await readAt(client, 'exit'), 'EIO')
    const { worker } = await waitUntil('a worker has ended', () =>
      served.status().workers.find(({ restarts }) => restarts === 1),
    )
    for (const [index, file] of files.entries()) {
      const expected = owners[index] === String(worker) ? 'EIO' : 'ok'
      t.equal(await codeOf(() => file.read(10, 0)), expected)
      // FLUSH tells the closer that what the worker had not stored is lost; RELEASE follows all the same.
      t.equal(await codeOf(() => file.close()), expected)
    }
    served.kernel.verify()
  },
)

t.test('with one worker all it had taken is EIO, and what comes meanwhile waits', async (t) => {
  const { served, client, events } = await serveDying(t, { workers: 1 })
  const object = await client.open('/object')
  const pending = Array.from({ length: 20 }, () => readAt(client, 'never'))
  await waitUntil('all are with their handlers', () => events().length === 1 + pending.length)
  t.equal(await readAt(client, 'exit'), 'EIO')
  const meanwhile = readAt(client, 'other')
  for (const code of await Promise.all(pending)) t.equal(code, 'EIO')
  t.equal(await codeOf(() => object.read(10, 0)), 'EIO')
  t.equal(await meanwhile, '0')
  // A slot counts until its worker, which has answered, sets it free.
  await waitUntil('no slot is kept', () => served.status().counters.quarantined === 0)
  t.equal(served.status().counters.lateReplies, 0)
})

t.test('more deaths than maxRestarts end the mount, with the reason', async (t) => {
  const { served, client } = await serveDying(t, { workers: 2, maxRestarts: 2 })
  for (let death = 0; death < 3; death += 1) {
    await waitUntil('a worker serves', () => serving(served) > 0)
    t.equal(await readAt(client, 'exit'), 'EIO')
    await waitUntil('it is noticed', () => {
      const { workers } = served.status()
      const restarts = workers.reduce((sum, one) => sum + one.restarts, 0)
      return death === 2 || restarts === death + 1
    }).catch(() => undefined)
  }
  const end = await served.closed
  t.equal(end.reason, 'workers')
  t.match(
    end.message,
    /worker \d ended: .*code: 3; more than 2 restarts within 60 s \(maxRestarts\)/,
  )
})
