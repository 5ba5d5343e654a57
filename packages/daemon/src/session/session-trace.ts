// The lines of a trace that are no worker's: INIT, which is answered here, and what the reader is done with alone.

import { describeRequest } from '@fuseloop/core/protocol'
import type { SessionParameters } from '@fuseloop/core/session'
import type { NativeSession } from '@fuseloop/native'
import { nativePrefix, writeLine } from '../service/stderr-log.js'
import type { SessionPlan } from './session-plan.js'

/** After INIT, before the reader starts. */
export function traceSession(
  { mountpoint }: SessionPlan,
  native: NativeSession,
  init: Uint8Array,
  { minor, maxWrite }: SessionParameters,
): void {
  const prefix = nativePrefix(mountpoint, 'debug')
  const view = new DataView(init.buffer, init.byteOffset, init.byteLength)
  const asked = describeRequest(view, init, 0, init.byteLength, false)
  writeLine(`${prefix}${asked} -> success, minor: ${minor}, max_write: ${maxWrite}\n`)
  native.traceReader(prefix)
}
