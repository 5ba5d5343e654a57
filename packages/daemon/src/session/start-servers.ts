// Who answers a session's requests: a pool of workers, or the thread that starts it.

import type { RingMemory } from '@fuseloop/core/ring'
import type { NativeSession } from '@fuseloop/native'
import { importDefinition, locateModule } from '../pool/module-loader.js'
import { WorkerPool } from '../pool/worker-pool.js'
import { WorkerServer } from '../pool/worker-server.js'
import type { Histograms, ReadyReport } from '../pool/worker-start-message.js'
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
  histograms: Histograms,
): Promise<Started> {
  const { settings, ...shared } = {
    session: native.id,
    memory,
    settings: plan.set,
    directory: plan.directory,
    cache: plan.cache,
    ownership: plan.ownership,
    histograms,
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
    return { servers: server, report: server.report }
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
    return { servers, report: await pool.start() }
  } catch (error) {
    native.close()
    await servers.stop()
    throw error
  }
}
