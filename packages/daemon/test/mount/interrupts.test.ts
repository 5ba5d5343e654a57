// A client that a signal ends while it waits: the handler learns of it, and nothing is left waiting.

import { openGate } from '../support/gate.js'
import { testMount, testMountInAllLoops } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/interruptible.js', import.meta.url)

interface HandlerEvent {
  readonly path: string
  readonly event: 'begun' | 'told' | 'ended'
  readonly interrupted?: boolean
  readonly aborted?: boolean
}

function eventsOf(mounted: Mounted, event: string, path: string): HandlerEvent[] {
  return mounted.events<HandlerEvent>().filter((seen) => seen.event === event && seen.path === path)
}

/** Starts a reader, signals it once its handler runs, and gives how it ended. */
async function interruptReader(
  mounted: Mounted,
  name: string,
  signal: NodeJS.Signals,
  onSignalled: () => unknown = () => undefined,
): Promise<{ signal: NodeJS.Signals | null; seen: HandlerEvent | undefined }> {
  const before = eventsOf(mounted, 'begun', `/${name}`).length
  const reader = mounted.start('cat', [mounted.path(name)])
  await waitUntil(
    'the handler runs',
    () => eventsOf(mounted, 'begun', `/${name}`).length === before + 1,
  )
  reader.kill(signal)
  await onSignalled()
  const end = await reader.ended
  const seen = eventsOf(mounted, 'ended', `/${name}`).at(-1)
  return { signal: end.signal, seen }
}

testMountInAllLoops(
  'context.signal aborts when the client gets SIGINT or SIGKILL, and the client ends with the answer',
  { filesystem },
  async (t, mounted) => {
    for (const signal of ['SIGINT', 'SIGKILL', 'SIGINT'] as const) {
      const end = await interruptReader(mounted, 'signal', signal)
      t.equal(end.signal, signal, `the client ends by ${signal}`)
      t.match(end.seen, { interrupted: true, aborted: true }, 'the handler knew')
    }
    await waitUntil('no request waits', () => mounted.waiting === 0)
    t.equal(mounted.daemon.log, '', 'being interrupted is no news')
  },
)

testMount(
  'a handler that blocks its thread sees context.interrupted',
  { filesystem, workers: 2 },
  async (t, mounted) => {
    const end = await interruptReader(mounted, 'poll', 'SIGINT')
    t.equal(end.signal, 'SIGINT')
    t.match(end.seen, { interrupted: true })
    await waitUntil('no request waits', () => mounted.waiting === 0)
  },
)

testMount(
  'a handler that does not care for the interrupt answers as ever',
  { filesystem, workers: 2 },
  async (t, mounted) => {
    const end = await interruptReader(mounted, 'ignore', 'SIGKILL', async () => {
      await waitUntil('it is told', () => eventsOf(mounted, 'told', '/ignore').length === 1)
      openGate(mounted, 'ignore')
    })
    t.equal(end.signal, 'SIGKILL')
    await waitUntil('the handler ends', () => eventsOf(mounted, 'ended', '/ignore').length === 1)
    await waitUntil('no request waits', () => mounted.waiting === 0)
    t.equal((await mounted.run('cat', [mounted.path('empty')])).length, 0, 'the mount lives')
  },
)

testMount(
  'writing goes on to its end although the client is interrupted',
  { filesystem, workers: 2 },
  async (t, mounted) => {
    const writer = mounted.start('sh', ['-c', 'echo text >> "$0"', mounted.path('written')])
    await waitUntil(
      'the write is with its handler',
      () => eventsOf(mounted, 'begun', '/written').length === 1,
    )
    writer.kill('SIGINT')
    await writer.ended
    await waitUntil('the handler ends', () => eventsOf(mounted, 'ended', '/written').length === 1)
    await waitUntil('no request waits', () => mounted.waiting === 0)
    const { counters } = await mounted.status()
    t.equal(counters.lateReplies, 0, 'its answer was taken')
  },
)

testMount(
  'requests that no worker has begun are answered for an interrupted client at once',
  { filesystem, workers: 1 },
  async (t, mounted) => {
    const blocker = mounted.start('cat', [mounted.path('poll')])
    await waitUntil('the worker is blocked', () => eventsOf(mounted, 'begun', '/poll').length === 1)
    const waiting = Array.from({ length: 5 }, (_, index) =>
      // Of names of their own: the kernel lets one client look a name up, the others wait for it.
      mounted.start('stat', [mounted.path(`other-${index}`)]),
    )
    await waitUntil('all wait', () => mounted.waiting === 6)
    for (const client of waiting) client.kill('SIGINT')
    for (const client of waiting) t.equal((await client.ended).signal, 'SIGINT')
    t.ok(blocker.isRunning, 'while the worker is still blocked')
    blocker.kill('SIGKILL')
    await blocker.ended
    await waitUntil('no request waits', () => mounted.waiting === 0)
    t.equal((await mounted.run('cat', [mounted.path('empty')])).length, 0, 'the mount lives')
  },
)

const SURVIVES_USR1 = `
import os, signal, sys
signal.signal(signal.SIGUSR1, lambda *_: None)
try:
    print(oct(os.stat(sys.argv[1]).st_mode))
except OSError as error:
    print(error.strerror)
`

testMount(
  'a signal that a waiting client survives makes no call fail; one that kills it sets it free',
  { filesystem, workers: 1 },
  async (t, mounted) => {
    const blocker = mounted.start('cat', [mounted.path('poll')])
    await waitUntil('the worker is blocked', () => eventsOf(mounted, 'begun', '/poll').length === 1)
    const [patient, doomed] = ['other-1', 'other-2'].map((name) =>
      mounted.start('python3', ['-c', SURVIVES_USR1, mounted.path(name)]),
    ) as [ReturnType<Mounted['start']>, ReturnType<Mounted['start']>]
    await waitUntil('all wait', () => mounted.waiting === 3)
    patient.kill('SIGUSR1')
    doomed.kill('SIGUSR1')
    await waitUntil(
      'the daemon knows',
      async () => (await mounted.status()).counters.interrupts >= 2,
    )
    doomed.kill('SIGKILL')
    t.equal((await doomed.ended).signal, 'SIGKILL')
    t.ok(patient.isRunning && blocker.isRunning, 'while the worker is still blocked')
    blocker.kill('SIGKILL')
    t.equal((await patient.ended).stdout, '0o100666\n')
    await waitUntil('no request waits', () => mounted.waiting === 0)
  },
)
