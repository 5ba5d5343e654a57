// A session's shared memory: as many slots as its transport can use. Only what is touched of it is ever had; the rest is
// address space.

import {
  MAX_SLOTS,
  PAGE_SIZE,
  payloadSizeFor,
  RequestRing,
  type RingMemory,
  ringByteLength,
} from '@fuseloop/core/ring'
import { DEFAULT_PAGES, pagesFor, resolveLimits } from '@fuseloop/core/session'
import { maxPagesLimit } from './kernel-limits.js'
import type { SessionPlan } from './session-plan.js'
import { mayBeUring } from './transport-choice.js'

/** Requests in hand at once. */
const SLOTS = 256
/** On io_uring: what brings requests has a slot each, and the requests another. */
const SLOTS_ON_URING: number = MAX_SLOTS

export interface SessionRing {
  readonly memory: RingMemory
  readonly ring: RequestRing
}

/** @param pageOffset bytes from a buffer's start to its first whole page */
export function createRing(
  plan: Pick<SessionPlan, 'hasKernel' | 'loop' | 'workers' | 'transport' | 'limits'>,
  pageOffset: (memory: Uint8Array) => number,
): SessionRing {
  // Definitions are imported by workers, which need the ring: theirs can only ask for less.
  const { maxWrite } = resolveLimits(plan.limits)
  const pages = Math.max(DEFAULT_PAGES, pagesFor(maxWrite, maxPagesLimit()))
  const others = { workerCount: plan.workers, payloadSize: payloadSizeFor(maxWrite, pages) }
  const lay = (slotCount: number): SessionRing => {
    const geometry = { slotCount, ...others }
    const buffer = new SharedArrayBuffer(ringByteLength(geometry) + PAGE_SIZE)
    const memory = { buffer, base: pageOffset(new Uint8Array(buffer)) }
    return { memory, ring: RequestRing.create(memory, geometry) }
  }
  if (!plan.hasKernel || !mayBeUring(plan)) return lay(SLOTS)
  try {
    return lay(SLOTS_ON_URING)
  } catch (error) {
    // The kernel does not promise more memory than there is (vm.overcommit_memory). io_uring does with less, too.
    if (error instanceof RangeError) return lay(SLOTS)
    throw error
  }
}
