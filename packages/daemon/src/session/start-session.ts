// From a plan to a session that answers: shared memory, workers, device, transport, INIT, reader, first answer, in this
// order. What fails undoes the rest. How the device is had is the caller's: by a mount, or without one.

import { FuseError } from '@fuseloop/core'
import {
  createLatencies,
  operationNames,
  routingTable,
  writeRequestRules,
} from '@fuseloop/core/dispatch'
import { ControlPage, type RequestRing } from '@fuseloop/core/ring'
import {
  backgroundFor,
  type CacheKnobs,
  exchangeInit,
  mergeRules,
  offersFlag,
  type RequestRules,
  resolveCache,
  resolveLimits,
  type SessionParameters,
  type SessionWishes,
  type SettledLimits,
  withCacheFlags,
  withLockFlags,
} from '@fuseloop/core/session'
import { loadNativeBinding, type NativeSession } from '@fuseloop/native'
import { checkDescriptors } from '../pool/descriptor-need.js'
import { nativePrefix } from '../service/stderr-log.js'
import { maxPagesLimit } from './kernel-limits.js'
import { longestDeadline } from './kernel-timeout.js'
import { MountSession } from './mount-session.js'
import { hasSystemAdministration } from './privilege.js'
import { createRing } from './ring-memory.js'
import type { SessionPlan } from './session-plan.js'
import { traceSession } from './session-trace.js'
import { type Started, startServers } from './start-servers.js'
import { chooseTransport, type TransportChoice } from './transport-choice.js'
import { warnOfUncheckedAccess } from './unchecked-access.js'

/** Gives the session its device; resolves with the bytes of INIT. */
export type AttachDevice = (native: NativeSession) => Promise<Uint8Array>

export async function startSession(
  plan: SessionPlan,
  attachDevice: AttachDevice,
): Promise<MountSession> {
  if (plan.loop === 'multi') checkDescriptors(plan.workers)
  const binding = loadNativeBinding()
  const { memory, ring } = createRing(plan, binding.pageOffset)
  const native = new binding.NativeSession(ring.bytes, routingTable(), plan.loop === 'single')
  const latencies = createLatencies(ring.geometry.workerCount)
  let started: Started | undefined
  let session: MountSession | undefined
  try {
    started = await startServers(plan, native, memory, latencies)
    const { servers, report } = started
    const background = { maxBackground: backgroundFor(plan.workers) }
    const limits = resolveLimits(background, report.limits, plan.limits)
    settleRules(ring, mergeRules(report.rules, plan.rules), limits.requestTimeout)
    const cache = resolveCache(report.cache, plan.cache)
    const wishes = sessionWishes(plan, report, cache, limits)
    const init = await attachDevice(native)
    const transport = chooseTransport(native, plan, {
      offersUring: offersFlag(init, 'OVER_IO_URING'),
      isBlocking: plan.blocking ?? report.blocking,
    })
    const parameters = negotiate(native, ring, init, withTransportFlag(wishes, transport))
    warnOfUncheckedAccess(plan, report.methods, parameters)
    if (plan.trace) traceSession(plan, native, init, parameters)
    const mounted = new MountSession({
      plan,
      native,
      ring,
      latencies,
      servers,
      transport,
      parameters,
      cache,
      limits,
    })
    session = mounted
    native.keepUnused(plan.rememberNodes)
    native.start(
      (reason, lost) => void mounted.deviceEnded(reason, lost),
      operationNames(),
      (worker, generation) => servers.replaceStuck(worker, generation),
      nativePrefix(plan.mountpoint, 'warn'),
    )
    if (plan.maxNodes !== undefined) native.limitNodes(plan.maxNodes, parameters.minor)
    await waitUntilAnswering(plan, native, mounted)
    return mounted
  } catch (error) {
    if (session !== undefined) await session.abort()
    else await undo(native, started)
    throw error
  }
}

function settleRules(ring: RequestRing, rules: RequestRules, requestTimeout: number): void {
  const limitMs = longestDeadline(requestTimeout)
  const cut = writeRequestRules(ring, rules, limitMs)
  if (cut.length === 0) return
  const why =
    'the kernel ends the connection over a request that takes longer (limits.requestTimeout, or sysctl fs.fuse)'
  process.stderr.write(
    `fuseloop: deadlines of ${cut.join(', ')} are cut to ${limitMs} ms: ${why}\n`,
  )
}

/** Before there is a session that ends by itself: INIT refused, or not even mounted. */
async function undo(native: NativeSession, started: Started | undefined): Promise<void> {
  await native.unmount(true).catch(() => undefined)
  native.close()
  await started?.servers.stop()
}

function sessionWishes(
  plan: SessionPlan,
  report: Started['report'],
  cache: CacheKnobs,
  limits: SettledLimits,
): SessionWishes {
  return {
    ...limits,
    maxWrite: Math.min(limits.maxWrite, resolveLimits(plan.limits).maxWrite),
    maxPagesLimit: maxPagesLimit(),
    ...withLockFlags(
      withCacheFlags(report.flags, cache),
      plan.locks ?? report.locks,
      report.methods,
    ),
    isPrivileged: hasSystemAdministration(),
    methods: report.methods,
    mountOptions: plan.mountOptions.kernelOptions,
  }
}

/** Once promised rings the kernel brings nothing before they are there. */
function withTransportFlag(wishes: SessionWishes, { transport }: TransportChoice): SessionWishes {
  if (transport !== 'uring') return wishes
  return { ...wishes, require: [...(wishes.require ?? []), 'OVER_IO_URING'] }
}

function negotiate(
  native: NativeSession,
  ring: RequestRing,
  init: Uint8Array,
  wishes: SessionWishes,
): SessionParameters {
  const { parameters, flagsLow, flagsHigh, reply } = exchangeInit(init, wishes)
  ring.view.setUint32(ControlPage.minor, parameters.minor, true)
  ring.view.setUint32(ControlPage.flagsLow, flagsLow, true)
  ring.view.setUint32(ControlPage.flagsHigh, flagsHigh, true)
  ring.view.setUint32(ControlPage.maxWrite, parameters.maxWrite, true)
  native.writeInit(reply)
  return parameters
}

async function waitUntilAnswering(
  plan: SessionPlan,
  native: NativeSession,
  session: MountSession,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new FuseError(
          'ERR_FUSE_MOUNT',
          `${plan.mountpoint} did not answer within ${plan.readyTimeoutMs} ms`,
        ),
      )
    }, plan.readyTimeoutMs)
  })
  const ended = session.closed.then(() => {
    throw new FuseError('ERR_FUSE_MOUNT', `${plan.mountpoint} was unmounted before it answered`)
  })
  // Each may lose the race and fail later, when nobody waits for it any more.
  ended.catch(() => undefined)
  const answering = native.waitUntilAnswering()
  answering.catch(() => undefined)
  try {
    await Promise.race([answering, tooLate, ended])
  } finally {
    clearTimeout(timer)
  }
}
