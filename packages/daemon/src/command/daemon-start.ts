// Starts a background process for a mount and waits until it mounts or fails. It shares no terminal or pipe with the
// caller, so nobody who reads the caller's output waits for it.

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { passedDevice } from '../mount/passed-device.js'
import { DEFAULT_READY_TIMEOUT_MS } from '../session/session-plan.js'
import type { Failure } from './failure.js'
import type { MountOrder } from './mount-order.js'
import { parseReport, REPORT_DESCRIPTOR, type Report } from './ready-report.js'
import { SIGNALS } from './stop-signals.js'

const DAEMON_MAIN = fileURLToPath(new URL('./daemon-main.js', import.meta.url))
/** Under this name the background process has a device that the command was given. */
const PASSED_DEVICE = `/dev/fd/${REPORT_DESCRIPTOR + 1}`
/** Beyond what mount() gives the mount to answer: the filesystem's own start. */
const START_MS = 20_000
/** What the background process gets to take back what it has done. */
const GRACE_MS = 3000

/**
 * Resolves once the mount answers, or with why it does not.
 * @param logFile what the background process has to say is appended there; nowhere if undefined
 * @throws when the log cannot be opened
 */
export async function startDaemon(
  given: MountOrder,
  logFile: string | undefined,
): Promise<Failure | undefined> {
  const directory = process.cwd()
  const order = {
    ...given,
    mountpoint: resolve(given.mountpoint),
    settings: { directory, ...given.settings },
  }
  const child = spawnDaemon(order, logFile)
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const stop = (signal: NodeJS.Signals): void => {
    child.kill(signal)
    void endOf(exited, child).then(() => process.exit(1))
  }
  for (const signal of SIGNALS) process.once(signal, stop)
  const deadlineMs = (order.settings.readyTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS) + START_MS
  const report = await Promise.race([readReport(child), delay(deadlineMs, 'late' as const)])
  if (report === 'late') {
    child.kill('SIGTERM')
    await endOf(exited, child)
    const message = `${order.filesystem} did not start within ${deadlineMs / 1000} s`
    return { kind: 'start', message }
  }
  if (report?.kind === 'ready') return undefined
  if (report === undefined) return endedEarly(await exited, logFile)
  // What it has written, or started, is complete when the command ends.
  await endOf(exited, child)
  return report.failure
}

function spawnDaemon(given: MountOrder, logFile: string | undefined): ChildProcess {
  const log = logFile === undefined ? undefined : openLog(logFile)
  const device = passedDevice(given.mountpoint)
  const passed: StdioOptions = device === undefined ? [] : [device]
  const order = device === undefined ? given : { ...given, mountpoint: PASSED_DEVICE }
  const child = spawn(process.execPath, [...process.execArgv, DAEMON_MAIN, JSON.stringify(order)], {
    detached: true,
    stdio: ['ignore', 'ignore', log ?? 'ignore', 'pipe', ...passed],
  })
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

function endedEarly(
  [code, signal]: readonly [number | null, NodeJS.Signals | null],
  logFile: string | undefined,
): Failure {
  const advice =
    logFile === undefined ? 'in the foreground, or with a log, it says more' : `see ${logFile}`
  const how = signal ?? `exit code ${code}`
  return {
    kind: 'start',
    message: `the background process ended (${how}) before it mounted; ${advice}`,
  }
}

async function endOf(exited: Promise<unknown>, child: ChildProcess): Promise<void> {
  const isEnded = await Promise.race([exited.then(() => true), delay(GRACE_MS, false)])
  if (!isEnded) child.kill('SIGKILL')
}
