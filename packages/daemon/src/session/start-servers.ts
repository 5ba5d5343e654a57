// Who answers a session's requests: a pool of workers, or the thread that starts it.

import type { RingMemory } from '@fuseloop/core/ring'
import type { NativeSession } from '@fuseloop/native'
import { importDefinition, locateModule } from '../pool/module-loader.js'
import { WorkerPool } from '../pool/worker-pool.js'
import { WorkerServer } from '../pool/worker-server.js'
import type { ReadyReport } from '../pool/worker-start-message.js'
import { stderrLog } from '../service/stderr-log.js'
import type { Servers } from './mount-session.js'
import type { SessionPlan } from './session-plan.js'

/** Workers end by themselves with the session; one that is stuck in a handler is terminated after this. */
const STOP_DEADLINE_MS = 1000

export interface Started {
  readonly servers: Servers
  /** What the filesystem and its handlers make of INIT. */
  readonly report: ReadyReport
}

/** Resolves when all have made their handlers and taken their seats. */
export async function startServers(
  plan: SessionPlan,
  native: NativeSession,
  memory: RingMemory,
  latencies: SharedArrayBuffer,
): Promise<Started> {
  const { settings, ...shared } = {
    session: native.id,
    mountpoint: plan.mountpoint,
    memory,
    settings: plan.set,
    directory: plan.directory,
    cache: plan.cache,
    ownership: plan.ownership,
    latencies,
    trace: plan.trace,
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
    return { servers: serversOf(server), report: server.report }
  }
  const toLog = stderrLog(plan.mountpoint)
  const log = (message: string): void => toLog('warn', message)
  const module = await locateModule(plan.filesystem as string, plan.directory)
  let failure: string | undefined
  const pool = new WorkerPool({
    workers: plan.workers,
    resourceLimits: plan.resourceLimits,
    maxRestarts: plan.maxRestarts,
    native,
    start: { ...shared, settings, module, moduleName: plan.filesystemName },
    services: plan.services,
    log,
    onExhausted: (reason) => {
      failure = reason
      log(`${reason}; ending the mount`)
      native.abort()
    },
  })
  const servers: Servers = {
    stop: () => pool.stop(STOP_DEADLINE_MS),
    replaceStuck: (worker, generation) => pool.replaceStuck(worker, generation),
    get history() {
      return pool.history
    },
    get failure() {
      return failure
    },
  }
  try {
    return { servers, report: await pool.start() }
  } catch (error) {
    native.close()
    await servers.stop()
    throw error
  }
}

/** This very thread, which nobody can replace. */
function serversOf(server: WorkerServer): Servers {
  return {
    stop: () => server.stop(),
    replaceStuck: () => undefined,
    history: [{ restarts: 0, lastEnd: undefined }],
    failure: undefined,
  }
}
