// Many mounts of one process, at once and one after the other.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { testMount } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const AT_ONCE = 12
/** In calls of a few, each with a deadline of its own. */
const CYCLES_PER_CALL = 5
const CALLS = 8

/** One after the other; without the reclaiming of memory by Node each would keep what it had touched. */
const CYCLES = 100
/** That its cycles touch at least, all together: 1 MiB is read in each. */
const TOUCHED = CYCLES * 1024 * 1024

/** What a process holds: open descriptors, threads, and mounts of its namespace. */
function holdings({ daemon: { pid }, root }: Mounted): Record<string, number> {
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
    mounts: readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split(root).length - 1,
  }
}

testMount(
  `${AT_ONCE} mounts at once in one process`,
  { filesystem: 'hello', workers: 1 },
  async (t, mounted) => {
    const places = Array.from({ length: AT_ONCE }, (_, index) => join(mounted.root, `m${index}`))
    for (const place of places) mkdirSync(place)
    // A worker opens what it watches when it is rung for the first time, which a busy machine puts off.
    t.equal(await mounted.run('cat', [mounted.path('hello')]), 'hello\n')
    await collectGarbage(mounted)
    const before = holdings(mounted)
    await mounted.inDaemon(async ({ mount }, places) => {
      const sessions = places.map((place, index) =>
        mount('hello', place, { workers: 1, set: { greeting: `${index}\n` } }),
      )
      Object.assign(globalThis, { sessions: await Promise.all(sessions) })
    }, places)
    const files = places.map((place) => join(place, 'hello'))
    const expected = places.map((_, index) => `${index}\n`).join('')
    t.equal(await mounted.run('cat', files), expected, 'each serves its own')
    await mounted.inDaemon(async () => {
      const { sessions } = globalThis as unknown as { sessions: { unmount(): Promise<void> }[] }
      await Promise.all(sessions.splice(0).map((session) => session.unmount()))
    })
    await waitUntil('all is given back', async () => {
      await collectGarbage(mounted)
      const { descriptors, mounts } = holdings(mounted)
      return mounts === before['mounts'] && (descriptors ?? 0) <= (before['descriptors'] ?? 0)
    })
    t.equal(await mounted.run('cat', [mounted.path('hello')]), 'hello\n', 'the first lives')
    t.equal(mounted.daemon.log, '', 'Node warns of no leak of listeners')
  },
)

/** Descriptors of a session go with its object. */
function collectGarbage(mounted: Mounted): Promise<void> {
  return mounted.inDaemon(() => {
    process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc')
    process.getBuiltinModule('node:vm').runInNewContext('gc')()
  })
}

/** Mounts and unmounts some times, in turn by the only thread and by a worker. */
function cycle(mounted: Mounted, place: string): Promise<void> {
  return mounted.inDaemon(
    async ({ mountWhile, childProcess }, place, cycles) => {
      for (let index = 0; index < cycles; index += 1) {
        const loop = index % 2 === 0 ? 'single' : 'multi'
        const settings = { loop, workers: 1, handleSignals: false } as const
        const { reason } = await mountWhile(
          { filesystem: 'hello', mountpoint: place, settings },
          () =>
            new Promise((resolve, reject) => {
              const reader = childProcess.spawn('cat', [`${place}/hello`])
              reader.once('exit', (code) => (code === 0 ? resolve() : reject(new Error('cat'))))
            }),
        )
        if (reason !== 'unmounted') throw new Error(reason)
      }
    },
    place,
    CYCLES_PER_CALL,
  )
}

testMount(
  `${CYCLES_PER_CALL * CALLS} mounts, one after the other, leave nothing behind`,
  { filesystem: 'hello', workers: 1 },
  async (t, mounted) => {
    const place = join(mounted.root, 'again')
    mkdirSync(place)
    await cycle(mounted, place)
    await collectGarbage(mounted)
    const before = holdings(mounted)
    for (let call = 1; call < CALLS; call += 1) await cycle(mounted, place)
    await waitUntil('no more is held than after the first ones', async () => {
      await collectGarbage(mounted)
      const now = holdings(mounted)
      return Object.keys(before).every((name) => (now[name] ?? 0) <= (before[name] ?? 0))
    })
    t.equal(holdings(mounted)['mounts'], 1, 'the mount of the test itself')
  },
)

/** Less than the slots of a session, and more than anything else of a process. */
const SLOTS_AT_LEAST_KB = 200 * 1024

/** Resident of what may be slots, in bytes: what Node.js holds besides varies by more than is looked for. */
function slotMemoryOf({ daemon: { pid } }: Mounted): number {
  const mappings = readFileSync(`/proc/${pid}/smaps`, 'utf8').matchAll(
    /^Size:\s+(\d+) kB\n[\s\S]*?^Rss:\s+(\d+) kB$/gm,
  )
  return [...mappings].reduce(
    (sum, [, size, rss]) => sum + (Number(size) >= SLOTS_AT_LEAST_KB ? Number(rss) * 1024 : 0),
    0,
  )
}

testMount(
  `${CYCLES} mounts give back descriptors and memory when they end, not when garbage is collected`,
  { filesystem: 'hello', workers: 1 },
  async (t, mounted) => {
    const place = join(mounted.root, 'again')
    const source = join(mounted.root, 'data')
    for (const folder of [place, source]) mkdirSync(folder)
    writeFileSync(join(source, 'file'), Buffer.alloc(1024 * 1024, 1))
    const readWhole = (cycles: number): Promise<void> =>
      mounted.inDaemon(
        async ({ mountWhile, childProcess }, mountpoint, source, cycles) => {
          const settings = { loop: 'single', handleSignals: false, set: { source } } as const
          for (let index = 0; index < cycles; index += 1)
            await mountWhile(
              { filesystem: 'loopback', mountpoint, settings },
              () =>
                new Promise((resolve, reject) => {
                  const reader = childProcess.spawn('cat', [`${mountpoint}/file`], {
                    stdio: 'ignore',
                  })
                  reader.once('error', reject)
                  reader.once('exit', (code) => (code === 0 ? resolve() : reject(new Error('cat'))))
                }),
            )
        },
        place,
        source,
        cycles,
      )
    await readWhole(10)
    const before = holdings(mounted)
    const memory = slotMemoryOf(mounted)
    t.ok(memory > 0, 'the slots of the test itself are found')
    for (let done = 0; done < CYCLES; done += 20) await readWhole(20)
    await waitUntil('no descriptor is left of them', () => {
      const { descriptors = 0 } = holdings(mounted)
      return descriptors <= (before['descriptors'] ?? 0)
    })
    const grown = slotMemoryOf(mounted) - memory
    t.ok(grown < TOUCHED / 2, `of ${TOUCHED} bytes that were touched ${grown} are left`)
  },
)
