// How much memory a session lays out, and what it does with less.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createRing } from '../../dist/session/ring-memory.js'
import type { TransportSetting } from '../../dist/session/transport-choice.js'

type Loop = 'single' | 'multi'

function slots(loop: Loop, transport: TransportSetting, hasKernel = true): number {
  const plan = { hasKernel, loop, transport, workers: 1, limits: { maxWrite: 4096 } }
  return createRing(plan, () => 0).ring.geometry.slotCount
}

t.test(
  'a session has 256 slots, and twice as many where io_uring may bring its requests',
  async (t) => {
    t.equal(slots('multi', 'ring'), 256)
    t.equal(slots('multi', 'direct'), 256)
    t.equal(slots('single', 'auto'), 256)
    t.equal(slots('multi', 'uring'), 512)
    t.equal(slots('multi', 'uring', false), 256)
  },
)

t.test('a session does with 256 slots where there is no room for more', async (t) => {
  const file = fileURLToPath(new URL('./limited-ring.js', import.meta.url))
  // Else each thread that collects garbage reserves 128 MiB for its heap.
  const env = { ...process.env, MALLOC_ARENA_MAX: '1' }
  const child = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 200_000, env })
  t.equal(child.stdout, '256\n', child.stderr)
})
