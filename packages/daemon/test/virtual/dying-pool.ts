// filesystems/dying.ts served by a pool, for tests of what ends or holds workers.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KernelClient } from '@fuseloop/core/testing'
import { type PoolSettings, type ServedPool, servePool } from '@fuseloop/daemon/testing'
import type { Test } from 'tap'

const filesystem = new URL('../mount/filesystems/dying.js', import.meta.url)

export interface DyingPool {
  readonly served: ServedPool
  readonly client: KernelClient
  readonly root: string
  /** What the handlers have recorded. */
  events(): { readonly event: string; readonly name?: string; readonly worker: number }[]
}

/** Closed at the test's end. */
export async function serveDying(
  t: Test,
  settings: PoolSettings,
  prepare: (root: string) => Record<string, string> = () => ({}),
): Promise<DyingPool> {
  const root = mkdtempSync(join(tmpdir(), 'fuseloop-dying-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const events = join(root, 'events')
  const served = await servePool(filesystem, {
    ...settings,
    set: { events, ...prepare(root), ...settings.set },
  })
  t.teardown(() => served.close())
  const lines = (): string[] => readFileSync(events, 'utf8').split('\n').filter(Boolean)
  return {
    served,
    client: new KernelClient(served.kernel),
    root,
    events: () => lines().map((line) => JSON.parse(line)),
  }
}

/** What a read of the file gives: its text, or the code that it fails with. */
export async function readAt(client: KernelClient, name: string): Promise<string> {
  try {
    const file = await client.open(`/${name}`)
    try {
      return String(await file.read(10, 0))
    } finally {
      await file.close().catch(() => undefined)
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

/** Workers that are alive. */
export function serving(served: ServedPool): number {
  return served.status().workers.filter(({ alive }) => alive).length
}
