// Notifications from the mounter and from workers, in memory and over the pool with its notifier thread.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NotifyCode } from '@fuseloop/core/testing'
import { servePool } from '@fuseloop/daemon/testing'
import t from 'tap'
import type { NotifierCall, NotifyingEvent } from '../mount/filesystems/notifying.js'
import { testVirtually, type Virtual } from '../support/virtual-test.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('../mount/filesystems/notifying.js', import.meta.url)
const source = mkdtempSync(join(tmpdir(), 'fuseloop-notify-'))
t.teardown(() => rmSync(source, { recursive: true, force: true }))
for (const name of ['f', 'g', 'busy-store', 'busy-drop', 'busy-entry'])
  writeFileSync(join(source, name), 'x'.repeat(8192))
const request = { filesystem, set: { source } }

/** What the kernel was told, in order. */
function watched({ kernel }: Virtual): number[] {
  const codes: number[] = []
  const notified = kernel.notified.bind(kernel)
  kernel.notified = (code, body) => {
    codes.push(code)
    return notified(code, body)
  }
  return codes
}

async function lookedUp({ kernel }: Virtual, name: string): Promise<number> {
  return (await kernel.send(kernel.request.lookup(1, name))).entry.nodeid
}

function notified(virtual: Virtual): NotifyingEvent[] {
  return virtual.events<NotifyingEvent>().filter(({ event }) => event === 'notified')
}

async function tell(virtual: Virtual, ...calls: NotifierCall[]): Promise<void> {
  const before = notified(virtual).length
  for (const call of calls) await virtual.client.writeFile('/control', JSON.stringify(call))
  await waitUntil('all are told', () => notified(virtual).length === before + calls.length)
}

testVirtually('the mounter tells what has changed', request, async (t, virtual) => {
  const { kernel, notify } = virtual
  const node = await lookedUp(virtual, 'f')
  const inode = kernel.cache.inode(BigInt(node))
  t.equal(await notify.store(node, 0, Buffer.alloc(8192, 'y')), 'done')
  t.equal((await notify.retrieve(node, 0, 8192))?.toString(), 'y'.repeat(8192))
  t.equal(await notify.invalidateInode(node, { offset: 4096 }), 'done')
  t.equal((await notify.retrieve(node, 0, 8192))?.byteLength, 4096, 'up to the hole')
  t.equal(inode?.areAttributesValid, false)
  t.equal(await notify.incrementEpoch(), 'done')
  t.equal(kernel.cache.dentry(1n, 'f')?.isStale, true)
  t.equal(await notify.invalidateEntry(1, 'f'), 'done')
  t.equal(kernel.cache.dentry(1n, 'f'), undefined)
  t.equal(await notify.invalidateInode(node), 'notCached', 'and forgotten')
  const again = await lookedUp(virtual, 'f')
  t.equal(await notify.deleteEntry(1, again, 'f'), 'done')
  await lookedUp(virtual, 'f')
  t.equal(await notify.resend(), 'done')
  await t.rejects(notify.store(1, 0, Buffer.from('x')), { code: 'EINVAL' }, 'a directory')
})

testVirtually('workers tell without a detour over main', request, async (t, virtual) => {
  const { kernel } = virtual
  const codes = watched(virtual)
  const node = await lookedUp(virtual, 'f')
  await tell(
    virtual,
    { call: 'invalidateInode', arguments: [node] },
    { call: 'invalidateInode', arguments: [12345] },
    { call: 'invalidateEntry', arguments: [1, 'f'] },
    { call: 'incrementEpoch', arguments: [] },
  )
  t.same(
    notified(virtual)
      .map(({ result }) => result)
      .sort(),
    ['done', 'done', 'done', 'notCached'],
  )
  t.same(codes.sort(), [2, 2, 3, 8])
  t.equal(kernel.cache.dentry(1n, 'f'), undefined)
})

testVirtually(
  'a READ may send what must wait for its own reply; others are not held up',
  request,
  async (t, virtual) => {
    const { kernel, client, notify } = virtual
    const codes = watched(virtual)
    for (const [name, code] of [
      ['busy-store', NotifyCode.STORE],
      ['busy-drop', NotifyCode.INVAL_INODE],
      ['busy-entry', NotifyCode.INVAL_ENTRY],
    ] as const) {
      const before = notified(virtual).length
      codes.length = 0
      // A client without a path walk, which would hold what it has found.
      if (name === 'busy-entry') await lookedUp(virtual, name)
      else t.equal(await client.readText(`/${name}`), 'x'.repeat(8192), name)
      await waitUntil('all are told', () => notified(virtual).length >= before + 2)
      const own = notified(virtual).slice(before)
      const paths = own.map(({ path }) => path)
      t.ok(paths.indexOf('another') < paths.indexOf(name), `${name}: ${paths}`)
      t.ok(codes.includes(code), `${codes}`)
    }
    t.equal(await notify.prune([1]), 'done')
    t.equal(kernel.waiting, 0)
  },
)

for (const workers of [1, 4]) {
  t.test(`${workers} worker(s): all that is on its way is settled by the end`, async (t) => {
    const events = join(source, `events-${workers}`)
    const { kernel, notify, closed } = await servePool(filesystem, {
      workers,
      set: { source, events },
    })
    const node = (await kernel.send(kernel.request.lookup(1, 'f'))).entry.nodeid
    const results = Array.from({ length: 3000 }, (_, index) =>
      index % 3 === 0
        ? notify.retrieve(node, 0, 100)
        : notify.invalidateInode(index % 3 === 1 ? node : index + 100, { offset: index * 10_000 }),
    )
    await results[0]
    kernel.unmount()
    const outcomes = await Promise.allSettled(results)
    t.same(new Set(outcomes.map(({ status }) => status)), new Set(['fulfilled']))
    await closed
    t.equal(await notify.incrementEpoch(), 'notCached')
  })
}
