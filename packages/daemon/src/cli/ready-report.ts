// The one line that a background process writes, on a pipe, to the command that started it.

import { closeSync, writeSync } from 'node:fs'
import type { Failure } from './failure.js'

export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly failure: Failure }

/** Number of the pipe's descriptor in the background process. */
export const REPORT_DESCRIPTOR = 3
const VARIABLE = 'FUSELOOP_REPORT_DESCRIPTOR'

/** The environment that makes a command a background process. */
export function reportEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, [VARIABLE]: String(REPORT_DESCRIPTOR) }
}

export function parseReport(line: string): Report | undefined {
  return line === '' ? undefined : (JSON.parse(line) as Report)
}

/** The background process's side. */
export class ReadyReport {
  /** Undefined in a command that nobody waits for so. */
  static take(): ReadyReport | undefined {
    if (process.env[VARIABLE] !== String(REPORT_DESCRIPTOR)) return undefined
    // Programs that the filesystem starts are no background processes of ours.
    delete process.env[VARIABLE]
    return new ReadyReport()
  }

  /** Once only: the pipe is closed. False when its reader is gone. */
  send(report: Report): boolean {
    try {
      writeSync(REPORT_DESCRIPTOR, `${JSON.stringify(report)}\n`)
      return true
    } catch {
      return false
    } finally {
      closeSync(REPORT_DESCRIPTOR)
    }
  }
}
