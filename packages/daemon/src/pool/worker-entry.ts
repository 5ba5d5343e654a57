// The one endless Piscina task of each worker: import the filesystem, serve until the mount ends.

import { reach } from '../control/comlink-port.js'
import { importDefinition } from './module-loader.js'
import { WorkerServer } from './worker-server.js'
import type { FailureReport, MainControl, WorkerStartMessage } from './worker-start-message.js'

export default async function serveSeat(start: WorkerStartMessage): Promise<void> {
  const main = reach<MainControl>(start.control)
  try {
    const definition = await importDefinition(start.module, start.moduleName)
    const services = start.services === undefined ? undefined : reach(start.services)
    const server = await WorkerServer.start({ ...start, definition, services })
    await main.ready(server.report)
    await server.ended
    await server.stop()
  } catch (error) {
    await main.failed(describe(error))
    throw error
  } finally {
    start.control.close()
    start.services?.close()
  }
}

function describe(error: unknown): FailureReport {
  const message = error instanceof Error ? error.message : String(error)
  const code = (error as { code?: unknown } | null)?.code
  return { code: typeof code === 'string' ? code : 'ERR_FUSE_WORKER', message }
}
