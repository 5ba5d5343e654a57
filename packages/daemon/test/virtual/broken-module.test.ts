// A module that is broken on disk while it is mounted: workers that have it serve on, and new ones do not start
// before it is repaired.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KernelClient } from '@fuseloop/core/testing'
import { type PoolSettings, servePool } from '@fuseloop/daemon/testing'
import t, { type Test } from 'tap'
import { waitUntil } from '../support/wait-until.js'
import { readAt, serving } from './dying-pool.js'

t.setTimeout(600_000)

const dying = new URL('../mount/filesystems/dying.js', import.meta.url)
const SOUND = `export { default } from '${dying}'\n`
const BROKEN = `${SOUND}export const = 1\n`
const REASON = /module\.mjs does not load: line 2: /

/** `dying.ts` by a module of its own, which is rewritten by `write`. */
async function serveModule(t: Test, settings: PoolSettings) {
  const root = mkdtempSync(join(tmpdir(), 'fuseloop-broken-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const module = join(root, 'module.mjs')
  const write = (text: string): void => writeFileSync(module, text)
  write(SOUND)
  const served = await servePool(module, { ...settings, set: { events: join(root, 'events') } })
  t.teardown(() => served.close())
  return { served, client: new KernelClient(served.kernel), write }
}

t.test('old workers serve on, and a repaired module is taken', async (t) => {
  const { served, client, write } = await serveModule(t, { workers: 2 })
  write(BROKEN)
  t.equal(await readAt(client, 'exit'), 'EIO')
  const seat = await waitUntil('its successor does not start', () =>
    served.status().workers.find(({ lastEnd }) => REASON.test(lastEnd?.reason ?? '')),
  )
  t.match(seat, { alive: false })
  const other = String(1 - seat.worker)
  t.same(await Promise.all(Array.from({ length: 4 }, () => readAt(client, 'any'))), [
    ...Array.from({ length: 4 }, () => other),
  ])
  write(SOUND)
  await waitUntil('both workers are alive', () => serving(served) === 2)
})

t.test('with no worker left it is tried ten times, then the mount ends', async (t) => {
  const { served, client, write } = await serveModule(t, { workers: 1, maxRestarts: 2 })
  write(BROKEN)
  t.equal(await readAt(client, 'exit'), 'EIO')
  t.equal(await readAt(client, 'any'), 'EIO', 'nobody came within 5 s')
  const end = await served.closed
  t.equal(end.reason, 'workers')
  t.match(end.message, /^no worker serves, and worker 0 failed to start 10 times in a row: /)
  t.match(end.message, REASON)
  t.same(end.lost, [])
})
