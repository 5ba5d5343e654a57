// The one line that a background process writes, on a pipe, to the command that started it.

import { closeSync, writeSync } from 'node:fs'
import type { Failure } from './failure.js'

export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly failure: Failure }

/** Number of the pipe's descriptor in the background process. */
export const REPORT_DESCRIPTOR = 3

export function parseReport(line: string): Report | undefined {
  return line === '' ? undefined : (JSON.parse(line) as Report)
}

/** For the background process, once only: the pipe is closed. False when its reader is gone. */
export function sendReport(report: Report): boolean {
  try {
    writeSync(REPORT_DESCRIPTOR, `${JSON.stringify(report)}\n`)
    return true
  } catch {
    return false
  } finally {
    closeSync(REPORT_DESCRIPTOR)
  }
}
