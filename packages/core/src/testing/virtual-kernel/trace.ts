// The last events of a connection as lines, for messages of broken contracts.

import { codeFromErrno } from '../../protocol/index.js'
import type { ConnectionEvent } from './connection-driver.js'
import { describeMessage } from './message-fields.js'

const KEPT = 200

export class Trace {
  readonly #lines: string[] = []
  #count = 0

  add(line: string): void {
    this.#count += 1
    this.#lines.push(`${String(this.#count).padStart(4)} ${line}`)
    if (this.#lines.length > KEPT) this.#lines.shift()
  }

  addEvent(event: ConnectionEvent): void {
    this.add(describeEvent(event))
  }

  /** The newest, oldest first. */
  lines(most: number): string[] {
    return this.#lines.slice(-most)
  }
}

function describeEvent(event: ConnectionEvent): string {
  switch (event.kind) {
    case 'queued':
      return `queued   unique ${event.unique}`
    case 'read':
      return `read     ${describeMessage(event.message)}${byHandle(event.handle)}`
    case 'written':
      return `replied  unique ${event.unique} ${errorText(event.error)}, ${event.byteLength} bytes: ${resultText(event.result)}${byHandle(event.handle)}`
    case 'settled':
      return `settled  request ${event.token} ${errorText(event.error)}`
    case 'notified':
      return `notified code ${event.code}: ${resultText(event.result)}`
    case 'ended':
      return event.aborted ? 'aborted' : 'ended'
  }
}

function byHandle(handle: number): string {
  return handle <= 1 ? '' : ` by handle ${handle}`
}

function errorText(error: number): string {
  return error === 0 ? 'ok' : (codeFromErrno(-error) ?? `error ${error}`)
}

function resultText(result: number): string {
  return result < 0 ? `refused, ${codeFromErrno(-result) ?? result}` : 'taken'
}
