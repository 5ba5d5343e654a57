// mount(): shared memory, workers, device, INIT, reader, first answer, in this order. What fails undoes the rest.

import { type FilesystemDefinition, FuseError } from '@fuseloop/core'
import { routingTable } from '@fuseloop/core/dispatch'
import {
  ControlPage,
  MAX_SLOTS,
  PAGE_SIZE,
  payloadSizeFor,
  RequestRing,
  type RingMemory,
  ringByteLength,
} from '@fuseloop/core/ring'
import { DEFAULT_WISHES, exchangeInit, type SessionParameters } from '@fuseloop/core/session'
import { loadNativeBinding, type NativeSession } from '@fuseloop/native'
import { importDefinition, locateModule } from './pool/module-loader.js'
import { WorkerPool } from './pool/worker-pool.js'
import { WorkerServer } from './pool/worker-server.js'
import type { Histograms } from './pool/worker-start-message.js'
import { MountSession, type Servers } from './session/mount-session.js'
import { type MountSettings, planSession, type SessionPlan } from './session/session-plan.js'
import { createHistograms } from './session/session-status.js'
import { shutDownOnSignals } from './session/shutdown-signals.js'

/** Workers end by themselves with the session; one that is stuck in a handler is terminated after this. */
const STOP_DEADLINE_MS = 1000

interface Started {
  readonly servers: Servers
  readonly flags: FilesystemDefinition['flags']
}

/**
 * Mounts a filesystem and resolves once it answers.
 * @param filesystem a module (./path, URL), a package (npm:name, @scope/name), the name of an example, or a
 * definition itself, which runs on this thread (loop `single`)
 * @throws FuseError ERR_FUSE_USAGE, ERR_FUSE_BAD_MODULE, ERR_FUSE_BAD_OPTION, ERR_FUSE_MOUNT ...; errors of the
 * system with their POSIX code
 */
export async function mount(
  filesystem: string | URL | FilesystemDefinition,
  mountpoint: string,
  settings: MountSettings = {},
): Promise<MountSession> {
  const plan = planSession(filesystem, mountpoint, settings)
  const binding = loadNativeBinding()
  const { memory, ring } = createRing(plan.workers, binding.pageOffset)
  const native = new binding.NativeSession(ring.bytes, routingTable(), plan.loop === 'single')
  const histograms = createHistograms()
  let started: Started | undefined
  let session: MountSession | undefined
  try {
    started = await startServers(plan, native, memory, histograms)
    const { servers, flags } = started
    const parameters = await mountDevice(plan, native, ring, flags)
    const mounted = new MountSession({ plan, native, ring, histograms, servers, parameters })
    session = mounted
    native.start((reason) => void mounted.deviceEnded(reason))
    await waitUntilAnswering(plan, native, mounted)
    if (plan.handleSignals) shutDownOnSignals(mounted)
    return mounted
  } catch (error) {
    if (session !== undefined) await session.abort()
    else await undo(native, started)
    throw error
  }
}

/** Before there is a session that ends by itself: INIT refused, or not even mounted. */
async function undo(native: NativeSession, started: Started | undefined): Promise<void> {
  await native.unmount(true).catch(() => undefined)
  native.close()
  await started?.servers.stop()
}

function createRing(
  workerCount: number,
  pageOffset: (memory: Uint8Array) => number,
): { memory: RingMemory; ring: RequestRing } {
  const payloadSize = payloadSizeFor(DEFAULT_WISHES.maxWrite, DEFAULT_WISHES.maxWrite / PAGE_SIZE)
  const geometry = { slotCount: MAX_SLOTS, workerCount, payloadSize }
  const buffer = new SharedArrayBuffer(ringByteLength(geometry) + PAGE_SIZE)
  const memory = { buffer, base: pageOffset(new Uint8Array(buffer)) }
  return { memory, ring: RequestRing.create(memory, geometry) }
}

async function startServers(
  plan: SessionPlan,
  native: NativeSession,
  memory: RingMemory,
  histograms: Histograms,
): Promise<Started> {
  const { settings, ...shared } = {
    session: native.id,
    memory,
    settings: plan.set,
    directory: plan.directory,
    cache: plan.cache,
    histograms,
  }
  if (plan.loop === 'single') {
    const definition =
      typeof plan.filesystem === 'string'
        ? await importDefinition(
            await locateModule(plan.filesystem, plan.directory),
            plan.filesystemName,
          )
        : plan.filesystem
    const server = await WorkerServer.start({
      ...shared,
      settings,
      worker: 0,
      definition,
      services: plan.services,
    })
    return { servers: server, flags: definition.flags }
  }
  const module = await locateModule(plan.filesystem as string, plan.directory)
  const pool = new WorkerPool({
    workers: plan.workers,
    start: { ...shared, settings, module, moduleName: plan.filesystemName },
    services: plan.services,
    onWorkerLost: (worker, reason) =>
      process.stderr.write(`fuseloop: worker ${worker} ended: ${reason}; replacing it\n`),
    onExhausted: (reason) => {
      process.stderr.write(`fuseloop: ${reason}; ending the mount\n`)
      native.abort()
    },
  })
  const servers = { stop: () => pool.stop(STOP_DEADLINE_MS) }
  try {
    const { flags } = await pool.start()
    return { servers, flags }
  } catch (error) {
    native.close()
    await servers.stop()
    throw error
  }
}

async function mountDevice(
  plan: SessionPlan,
  native: NativeSession,
  ring: RequestRing,
  flags: FilesystemDefinition['flags'],
): Promise<SessionParameters> {
  const { source, subtype, kernelOptions, flagOptions } = plan.mountOptions
  const init = await native.mount({
    mountpoint: plan.mountpoint,
    source: source ?? plan.filesystemName,
    subtype: subtype ?? 'fuseloop',
    kernelOptions,
    flagOptions,
  })
  const { parameters, flagsLow, flagsHigh, reply } = exchangeInit(init, {
    ...DEFAULT_WISHES,
    ...flags,
  })
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
