// Lines on stderr. For a terminal or a file as they are; for journald one line per event with its priority in front
// (sd-daemon(3)), and the mount's name, which the journal does not know.

import { fstatSync, writeSync } from 'node:fs'
import type { Log, LogLevel } from '@fuseloop/core'

const PRIORITIES: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7 }

let journal: boolean | undefined

/** Whether stderr is the journal's own stream ($JOURNAL_STREAM, systemd.exec(5)), and not redirected since. */
function writesToJournal(): boolean {
  journal ??= isStream(process.env['JOURNAL_STREAM'])
  return journal
}

function isStream(stream: string | undefined): boolean {
  if (stream === undefined) return false
  try {
    const { dev, ino } = fstatSync(2, { bigint: true })
    return stream === `${dev}:${ino}`
  } catch {
    // Closed.
    return false
  }
}

/** A line about a mount, or about one worker of it. */
export function logLine(
  level: LogLevel,
  message: string,
  who: { readonly mountpoint: string; readonly worker?: number | undefined },
  toJournal: boolean = writesToJournal(),
): string {
  const { mountpoint, worker } = who
  if (toJournal) {
    const by = worker === undefined ? mountpoint : `${mountpoint} worker ${worker}`
    return `<${PRIORITIES[level]}>${by}: ${message.trim().replace(/\s*\n\s*/g, ' | ')}\n`
  }
  return worker === undefined
    ? `fuseloop: ${message}\n`
    : `fuseloop[${process.pid}/${worker}] ${level}: ${message}\n`
}

/** What stands in front of lines that native threads write. */
export function nativePrefix(mountpoint: string, level: LogLevel): string {
  return writesToJournal()
    ? `<${PRIORITIES[level]}>${mountpoint}: `
    : `fuseloop[${process.pid}] ${level}: `
}

/** Straight to the descriptor: a worker's process.stderr goes through main, which may be blocked. */
export function stderrLog(mountpoint: string, worker?: number): Log {
  return (level, message) => writeLine(logLine(level, message, { mountpoint, worker }))
}

/** A whole line, or several. */
export function writeLine(line: string): void {
  try {
    writeSync(2, line)
  } catch {
    // A full or closed pipe must not fail a request.
  }
}
