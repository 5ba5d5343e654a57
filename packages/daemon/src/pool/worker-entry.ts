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
    // Emitted for process.exit() and for what nobody catches; Node's own end of the thread comes later, after
    // whatever libuv's pool still does for it.
    process.once('exit', () => server.abandon())
    await main.ready(server.report)
    await server.ended
    await server.stop()
  } catch (error) {
    await main.failed(describe(error))
    // A thread that is used again would find the module's failure in its cache, not what is on disk by then.
    process.exit(1)
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
