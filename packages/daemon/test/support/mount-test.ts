// tap tests that mount: skipped with the reason where nothing can be mounted, cleared up however they end.

import t, { type Test } from 'tap'
import { whyNoMounts } from './mount-environment.js'
import { Mounted, type MountRequest, TRANSPORT } from './mounted.js'
import { within } from './wait-until.js'

/** Less than tap's own deadline of a file: what hangs is described, not just ended. */
const TEST_DEADLINE_MS = 300_000
/** Tests that hang end by their own deadline; a file of many is only slow where the machine is. */
const FILE_DEADLINE_MS = 1_500_000

/** Set for the narrow leg (scripts/test-narrow.mjs): no mount has more workers. */
const MOST_WORKERS = Number(process.env['FUSELOOP_TEST_WORKERS'] ?? Infinity)

t.setTimeout(FILE_DEADLINE_MS)

type LoopSettings = Pick<MountRequest, 'loop' | 'workers'>
export type MountTest = (t: Test, mounted: Mounted) => Promise<void>

/** Every way to serve. Loop `single` has one transport, and `npm test` runs it. */
const LOOPS: readonly LoopSettings[] = [
  ...(TRANSPORT === undefined ? [{ loop: 'single' } as const] : []),
  { loop: 'multi', workers: 1 },
  { loop: 'multi', workers: 4 },
]

/** Mounts, runs `body`, and takes the mount away whatever happens. */
export async function withMount(t: Test, request: MountRequest, body: MountTest): Promise<void> {
  const mounted = await Mounted.start(narrowed(request))
  try {
    await within(t.name, body(t, mounted), TEST_DEADLINE_MS)
    // What the framework logs belongs to a failure's message only.
    if (!t.passing()) t.comment(mounted.daemon.log)
  } catch (error) {
    t.comment(mounted.dump())
    throw error
  } finally {
    await mounted.destroy()
  }
}

/** A tap test with a mount of its own. */
export function testMount(name: string, request: MountRequest, body: MountTest): void {
  testUnless(whyNoMounts(), name, request, body)
}

/** As testMount, for what only several workers can show. */
export function testWorkers(
  name: string,
  request: MountRequest & { readonly workers: number },
  body: MountTest,
): void {
  const tooFew = request.workers > MOST_WORKERS && `needs ${request.workers} workers`
  testUnless(tooFew || whyNoMounts(), name, request, body)
}

function testUnless(
  skip: string | false,
  name: string,
  request: MountRequest,
  body: MountTest,
): void {
  void t.test(name, { skip, timeout: TEST_DEADLINE_MS + 15_000 }, (t) =>
    withMount(t, request, body),
  )
}

/** The same test, once per way to serve. */
export function testMountInAllLoops(name: string, request: MountRequest, body: MountTest): void {
  for (const settings of LOOPS.filter(({ workers = 1 }) => workers <= MOST_WORKERS)) {
    testMount(`${describeLoop(settings)}: ${name}`, { ...request, ...settings }, body)
  }
}

function describeLoop({ loop, workers }: LoopSettings): string {
  return loop === 'single' ? 'single' : `multi, ${workers} worker${workers === 1 ? '' : 's'}`
}

function narrowed(request: MountRequest): MountRequest {
  if (request.loop === 'single' || MOST_WORKERS === Infinity) return request
  return { ...request, workers: Math.min(request.workers ?? MOST_WORKERS, MOST_WORKERS) }
}
