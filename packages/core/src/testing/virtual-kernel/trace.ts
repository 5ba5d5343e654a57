// The last events of a connection as lines, for messages of broken contracts.

import { codeFromErrno } from '../../protocol/index.js'
import type { ConnectionEvent } from './connection-driver.js'
import { describeMessage } from './message-fields.js'

const KEPT = 200

/** Kept as they are and described when they are asked for: most never are. */
export class Trace {
  readonly #kept: (ConnectionEvent | string)[] = []
  #count = 0

  add(entry: ConnectionEvent | string): void {
    this.#kept[this.#count % KEPT] = entry
    this.#count += 1
  }

  /** The newest, oldest first. */
  lines(most: number): string[] {
    const first = Math.max(0, this.#count - Math.min(most, KEPT))
    return Array.from({ length: this.#count - first }, (_, index) => {
      const entry = this.#kept[(first + index) % KEPT] as ConnectionEvent | string
      const line = typeof entry === 'string' ? entry : describeEvent(entry)
      return `${String(first + index + 1).padStart(4)} ${line}`
    })
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
