// Starts the command again in the background and waits until that process mounts or fails. It shares no
// terminal or pipe with the caller, so nobody who reads the caller's output waits for it.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { printFailure } from './failure.js'
import type { MountArguments } from './mount-arguments.js'
import { parseReport, REPORT_DESCRIPTOR, type Report, reportEnvironment } from './ready-report.js'
import { SIGNALS } from './stop-signals.js'

const COMMAND = fileURLToPath(new URL('../../bin/fuseloop.js', import.meta.url))
/** More than mount() gives itself: what hangs is the filesystem's own start. */
const DEADLINE_MS = 30_000
/** What the background process gets to take back what it has done. */
const GRACE_MS = 3000

/** Resolves with the exit code, after printing why if it is not 0. @throws when the log cannot be opened */
export async function startDaemon(
  { filesystem, logFile }: MountArguments,
  args: readonly string[],
): Promise<number> {
  const child = spawnDaemon(logFile, args)
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const stop = (signal: NodeJS.Signals): void => {
    child.kill(signal)
    void endOf(exited, child).then(() => process.exit(1))
  }
  for (const signal of SIGNALS) process.once(signal, stop)
  const report = await Promise.race([readReport(child), delay(DEADLINE_MS, 'late' as const)])
  if (report === 'late') {
    child.kill('SIGTERM')
    await endOf(exited, child)
    const message = `${filesystem} did not start within ${DEADLINE_MS / 1000} s`
    printFailure({ message, exitCode: 1 })
    return 1
  }
  if (report?.kind === 'ready') return 0
  if (report === undefined) {
    const [code, signal] = await exited
    const advice =
      logFile === undefined ? '--log FILE or --foreground tells more' : `see ${logFile}`
    const message = `the background process ended (${signal ?? `exit code ${code}`}) before it mounted; ${advice}`
    printFailure({ message, exitCode: 1 })
    return 1
  }
  // What it has written, or started, is complete when this command ends.
  await endOf(exited, child)
  printFailure(report.failure)
  return report.failure.exitCode
}

function spawnDaemon(logFile: string | undefined, args: readonly string[]): ChildProcess {
  const log = logFile === undefined ? undefined : openLog(logFile)
  const [command = 'mount', ...rest] = args
  const child = spawn(
    process.execPath,
    [...process.execArgv, COMMAND, command, '--foreground', ...rest],
    {
      detached: true,
      stdio: ['ignore', 'ignore', log ?? 'ignore', 'pipe'],
      env: reportEnvironment(),
    },
  )
  if (log !== undefined) closeSync(log)
  return child
}

function openLog(file: string): number {
  try {
    return openSync(file, 'a')
  } catch (cause) {
    throw new Error(`the log cannot be written: ${(cause as Error).message}`, { cause })
  }
}

/** Undefined when the process ended without a report. */
async function readReport(child: ChildProcess): Promise<Report | undefined> {
  return parseReport(await text(child.stdio[REPORT_DESCRIPTOR] as Readable))
}

async function endOf(exited: Promise<unknown>, child: ChildProcess): Promise<void> {
  const isEnded = await Promise.race([exited.then(() => true), delay(GRACE_MS, false)])
  if (!isEnded) child.kill('SIGKILL')
}
