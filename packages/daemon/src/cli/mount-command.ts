// `fuseloop mount`: in the background unless asked otherwise. The background process is this same command
// with --foreground and a pipe to report on.

import { resolve } from 'node:path'
import type { MountSession } from '../session/mount-session.js'
import { planSession } from '../session/session-plan.js'
import { startDaemon } from './daemon-start.js'
import { debugStack, failureOf, printFailure, usage } from './failure.js'
import type { MountArguments } from './mount-arguments.js'
import { ReadyReport } from './ready-report.js'

/** Resolves with the exit code. @throws what kept it from mounting */
export async function mountCommand(
  given: MountArguments,
  args: readonly string[],
): Promise<number> {
  const report = ReadyReport.take()
  if (report !== undefined) return await runDaemon(given, report)
  // Checked here already, for an answer without a second process.
  planSession(given.filesystem, given.mountpoint, given.settings)
  if (!given.foreground) return await startDaemon(given, args)
  if (given.logFile !== undefined)
    throw usage('--log is for the background; with --foreground write 2>FILE')
  const { serveMount } = await import('./mount-server.js')
  return await serveMount(given, (session) => {
    process.stderr.write(`fuseloop: ${describe(given, session)}; Ctrl-C unmounts\n`)
  })
}

/** Nothing is thrown: the waiting process gets the failure, and the log if there is one. */
async function runDaemon(given: MountArguments, report: ReadyReport): Promise<number> {
  const directory = process.cwd()
  const mountpoint = resolve(directory, given.mountpoint)
  // The daemon must not keep the caller's directory, or what is mounted there, busy.
  process.chdir('/')
  process.title = `fuseloop ${mountpoint}`
  const daemon = { ...given, mountpoint, settings: { ...given.settings, directory } }
  try {
    const { serveMount } = await import('./mount-server.js')
    return await serveMount(daemon, (session) => {
      process.stderr.write(`fuseloop: ${describe(daemon, session)}\n`)
      // Nobody waits any more: the caller was interrupted, and expects no mount.
      if (!report.send({ kind: 'ready' })) void session.abort()
    })
  } catch (error) {
    debugStack(error)
    const failure = failureOf(error)
    report.send({ kind: 'failed', failure })
    printFailure(failure)
    return failure.exitCode
  }
}

function describe({ filesystem }: MountArguments, session: MountSession): string {
  const { mountpoint, loop } = session
  const workers = session.status().workers.length
  const crew = loop === 'single' ? '' : `, ${workers} worker${workers === 1 ? '' : 's'}`
  return `${filesystem} on ${mountpoint}, loop ${loop}${crew}, pid ${process.pid}`
}
