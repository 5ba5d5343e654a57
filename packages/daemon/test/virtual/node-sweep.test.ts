// maxNodes: the kernel is asked to forget what nobody uses, by PRUNE, and where that is not there by INVAL_ENTRY.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FilesystemDefinition } from '@fuseloop/core'
import {
  NotifyCode,
  offeredFlags,
  RequestBuilder,
  serveInMemory,
  type VirtualKernel,
} from '@fuseloop/core/testing'
import { servePool } from '@fuseloop/daemon/testing'
import t, { type Test } from 'tap'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('../mount/filesystems/remembering.js', import.meta.url)
const directory = mkdtempSync(join(tmpdir(), 'fuseloop-sweep-'))
t.teardown(() => rmSync(directory, { recursive: true, force: true }))

interface Served {
  readonly kernel: VirtualKernel
  close(): Promise<void>
}

/** The native sweep on the notifier's thread, and its twin in TypeScript: one contract. */
const SERVERS: Readonly<Record<string, (minor: number, events: string) => Promise<Served>>> = {
  'worker threads': (minor, events) =>
    servePool(filesystem, {
      workers: 2,
      maxNodes: 100,
      set: { events },
      init: new RequestBuilder().init({ minor, flags: offeredFlags(minor) }),
    }),
  memory: async (minor, events) =>
    serveInMemory(((await import(filesystem.href)) as { default: FilesystemDefinition }).default, {
      workers: 2,
      maxNodes: 100,
      set: { events },
      kernel: { minor },
    }),
}

for (const [place, serve] of Object.entries(SERVERS)) {
  for (const [minor, code] of [
    [45, NotifyCode.PRUNE],
    [44, NotifyCode.INVAL_ENTRY],
  ] as const) {
    t.test(
      `${place}, protocol 7.${minor}: nodes beyond the limit are forgotten, but not those in use`,
      (t) => sweeps(t, code, () => serve(minor, join(directory, `events-${minor}`))),
    )
  }
}

async function sweeps(t: Test, code: number, serve: () => Promise<Served>): Promise<void> {
  const served = await serve()
  const { kernel } = served
  const codes = new Set<number>()
  const notified = kernel.notified.bind(kernel)
  kernel.notified = (own, body) => {
    codes.add(own)
    return notified(own, body)
  }
  const { request } = kernel
  const used = (await kernel.send(request.lookup(1, 'used'))).entry.nodeid
  await kernel.send(request.open(used))
  for (let index = 0; index < 500; index += 1) await kernel.send(request.lookup(1, `node-${index}`))
  const count = (): number => [...kernel.cache.inodes].length
  await waitUntil('the kernel knows no more', () => count() <= 100)
  t.same([...codes], [code])
  t.ok(kernel.cache.inode(BigInt(used)), 'what is open stays')
  t.ok(count() > 50, `no more than needed went: ${count()} are left`)
  await kernel.releaseAll()
  kernel.verify()
  await served.close()
}

t.test('a limit is a whole number from 1', async (t) => {
  for (const maxNodes of [0, -1, 1.5, NaN, 2 ** 32])
    await t.rejects(servePool(filesystem, { maxNodes }), { code: 'ERR_FUSE_USAGE' })
  for (const rememberNodes of [-1, 1.5, NaN, 2 ** 32])
    await t.rejects(servePool(filesystem, { rememberNodes }), { code: 'ERR_FUSE_USAGE' })
})
