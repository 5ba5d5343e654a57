// What filesystems of these tests tell the test: one JSON object a line, appended by every worker to the file
// that the option `events` names. Synchronous, so that it works in any handler.

import { appendFileSync } from 'node:fs'

export const EVENTS_OPTION = { events: { type: 'path', required: true } } as const

export function recorder(file: string): (event: object) => void {
  return (event) => appendFileSync(file, `${JSON.stringify(event)}\n`)
}
