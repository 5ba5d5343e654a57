// Notifications on this machine's kernel: what a client sees of files that are cached for ever and change behind the
// mount's back.

import { chmodSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type MountTest, testMount, testMountInAllLoops } from '../support/mount-test.js'
import type { Mounted, MountRequest } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'
import type { NotifierCall, NotifyingEvent } from './filesystems/notifying.js'

const filesystem = new URL('./filesystems/notifying.js', import.meta.url)
const SIZE = 8192
const place = mkdtempSync(join(tmpdir(), 'fuseloop-notify-'))
t.teardown(() => rmSync(place, { recursive: true, force: true }))

type Notifying = (t: Test, mounted: Mounted, source: string) => Promise<void>

/** With a source of its own that holds `f`. */
function withSource(body: Notifying, ...names: string[]): [MountRequest, MountTest] {
  const source = mkdtempSync(join(place, 'source-'))
  const reset = (): void => {
    for (const name of ['f', ...names]) writeFileSync(join(source, name), 'x'.repeat(SIZE))
  }
  return [
    { filesystem, set: { source } },
    async (t, mounted) => {
      reset()
      await body(t, mounted, source)
    },
  ]
}

function events(mounted: Mounted, event: NotifyingEvent['event'], path: string): NotifyingEvent[] {
  return mounted
    .events<NotifyingEvent>()
    .filter((seen) => seen.event === event && seen.path === path)
}

function text(mounted: Mounted, name: string): Promise<string> {
  return mounted.run('cat', [mounted.path(name)])
}

function changed(
  mounted: Mounted,
  path: string,
  what: 'attributes' | 'data' | 'entry' | 'removed',
): Promise<string> {
  return mounted.inDaemon(
    ({ session }, subject: string, change) => session.changed(subject, change),
    path,
    what,
  )
}

testMountInAllLoops(
  'contents that have changed are seen once the mounter says so, also by who has the file open',
  ...withSource(async (t, mounted, source) => {
    const reader = mounted.startCall(async ({ fs, timers }, path) => {
      const file = fs.openSync(path, 'r')
      const read = (): string => {
        const buffer = Buffer.alloc(1)
        fs.readSync(file, buffer, 0, 1, 0)
        return buffer.toString()
      }
      const first = read()
      const deadline = Date.now() + 50_000
      let last = first
      while (last === first && Date.now() < deadline) {
        await timers.setTimeout(10)
        last = read()
      }
      return first + last
    }, mounted.path('f'))
    await waitUntil('it has read', () => events(mounted, 'read', 'f').length > 0)
    t.equal((await text(mounted, 'f'))[0], 'x')
    writeFileSync(join(source, 'f'), 'y'.repeat(SIZE))
    t.equal((await text(mounted, 'f'))[0], 'x', 'still from the cache')
    t.equal(await changed(mounted, '/f', 'data'), 'done')
    t.equal((await text(mounted, 'f'))[0], 'y')
    t.equal((await reader.ended).code, 0)
    t.match((await reader.ended).outcome, { value: 'xy' })
    t.equal(await changed(mounted, '/nobody', 'data'), 'notCached')
  }),
)

testMount(
  'attributes, names and what was removed are seen once the mounter says so',
  ...withSource(async (t, mounted, source) => {
    const mode = async (name: string): Promise<string> =>
      (await mounted.attempt('stat', ['-c', '%a', mounted.path(name)])).stdout.trim()
    const before = await mode('f')
    chmodSync(join(source, 'f'), 0o600)
    t.equal(await mode('f'), before)
    t.equal(await changed(mounted, '/f', 'attributes'), 'done')
    t.equal(await mode('f'), '600')

    t.equal(await mode('g'), '', 'not there, which is cached too')
    renameSync(join(source, 'f'), join(source, 'g'))
    t.equal(await mode('g'), '')
    t.equal(await changed(mounted, '/g', 'entry'), 'done')
    t.equal(await mode('g'), '600')
    t.equal(await mode('f'), '600', 'the old name is still known')
    t.equal(await changed(mounted, '/f', 'removed'), 'done')
    t.equal(await mode('f'), '')
    unlinkSync(join(source, 'g'))
    t.equal(await mode('g'), '600')
    t.equal(
      await mounted.inDaemon(({ session }) => session.notify.incrementEpoch()),
      'done',
      'all names at once',
    )
    t.equal(await mode('g'), '')
  }),
)

testMountInAllLoops(
  'what was stored is read without a READ; what is cached is retrieved',
  ...withSource(async (t, mounted) => {
    await mounted.run('stat', [mounted.path('f')])
    const stored = await mounted.inDaemon(
      ({ session }, size: number) => session.notify.store('/f', 0, Buffer.alloc(size, 's')),
      SIZE,
    )
    t.equal(stored, 'done')
    t.equal(await text(mounted, 'f'), 's'.repeat(SIZE))
    t.equal(events(mounted, 'read', 'f').length, 0)
    const retrieve = (offset: number, size: number): Promise<string | undefined> =>
      mounted.inDaemon(
        async ({ session }, from: number, most: number) =>
          (await session.notify.retrieve('/f', from, most))?.toString(),
        offset,
        size,
      )
    t.equal(await retrieve(1, SIZE), 's'.repeat(SIZE - 1))
    const dropped = await mounted.inDaemon(({ session }) =>
      session.notify.invalidateInode('/f', { offset: 4096, length: 4096 }),
    )
    t.equal(dropped, 'done')
    t.equal(await retrieve(0, SIZE), 's'.repeat(4096), 'up to the hole')
    t.equal(
      await mounted.inDaemon(({ session }) => session.notify.retrieve(99999, 0, 10)),
      undefined,
    )
  }),
)

testMount(
  'dirty pages are retrieved before they are written back',
  ...((): [MountRequest, MountTest] => {
    const [request, body] = withSource(async (t, mounted) => {
      const writer = mounted.startCall(async ({ fs }, path) => {
        const file = fs.openSync(path, 'r+')
        fs.writeSync(file, 'dirty', 0)
        process.stdout.write('written\n')
        for await (const _piece of process.stdin) break
        fs.closeSync(file)
      }, mounted.path('f'))
      await writer.printed('written')
      const seen = await mounted.inDaemon(async ({ session }) =>
        (await session.notify.retrieve('/f', 0, 7))?.toString(),
      )
      t.equal(seen, 'dirtyxx')
      writer.write('\n')
      await writer.ended
    })
    return [{ ...request, cache: { profile: 'writeback' } }, body]
  })(),
)

testMountInAllLoops(
  'notifications that handlers send about their own requests hold up neither these nor others',
  ...withSource(
    async (t, mounted) => {
      const notified = (): number =>
        mounted.events<NotifyingEvent>().filter(({ event }) => event === 'notified').length
      for (const name of ['busy-store', 'busy-drop', 'busy-entry']) {
        const before = notified()
        t.equal((await text(mounted, name)).length, SIZE, name)
        await waitUntil(`${name}: all are told`, () => notified() >= before + 2)
      }
      for (const { result } of events(mounted, 'notified', 'busy-store')) t.equal(result, 'done')
      const call: NotifierCall = { call: 'invalidateInode', arguments: ['/f'] }
      await text(mounted, 'f')
      await mounted.run('sh', [
        '-c',
        'printf %s "$1" > "$0"',
        mounted.path('control'),
        JSON.stringify(call),
      ])
      await waitUntil(
        'a worker has told',
        () => events(mounted, 'notified', 'invalidateInode').length === 1,
      )
      t.equal(events(mounted, 'notified', 'invalidateInode')[0]?.result, 'done')
    },
    'busy-store',
    'busy-drop',
    'busy-entry',
  ),
)

const POLLER = `
import os, select, sys
file = os.open(sys.argv[1], os.O_RDONLY)
poll = select.poll()
poll.register(file, select.POLLIN)
print('first', [mask for _, mask in poll.poll(0)], flush=True)
print('second', [mask for _, mask in poll.poll(20000)], flush=True)
`

testMountInAllLoops(
  'a client that polls is woken by its handle, and by kh from elsewhere',
  ...withSource(async (t, mounted, source) => {
    for (const name of ['bell', 'gong']) {
      writeFileSync(join(source, name), '')
      const poller = mounted.start('python3', ['-c', POLLER, mounted.path(name)])
      await poller.printed('first []')
      await waitUntil('it waits', () => events(mounted, 'poll', name).some(({ result }) => result))
      writeFileSync(join(source, name), 'rung')
      const kh = String(events(mounted, 'poll', name).find(({ result }) => result)?.result)
      if (name === 'gong') {
        await mounted.inDaemon(
          ({ session }, own: string) => session.notify.pollWakeup(BigInt(own)),
          kh,
        )
      }
      t.match((await poller.ended).stdout, 'second [1]', name)
    }
  }),
)

testMountInAllLoops(
  'an unmount in the midst of notifications settles them all',
  ...withSource(async (t, mounted) => {
    await text(mounted, 'f')
    const outcomes = await mounted.inDaemon(async ({ session }) => {
      const all = Array.from({ length: 3000 }, (_, index) =>
        index % 3 === 0
          ? session.notify.retrieve('/f', 0, 4096)
          : session.notify.invalidateInode(index % 3 === 1 ? '/f' : index + 10, {
              offset: index * 8192,
            }),
      )
      await all[0]
      await session.unmount()
      const settled = await Promise.allSettled(all)
      return [...new Set(settled.map(({ status }) => status))]
    })
    t.same(outcomes, ['fulfilled'])
  }),
)
