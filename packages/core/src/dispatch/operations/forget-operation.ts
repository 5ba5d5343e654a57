// Nodes that the kernel has forgotten, told to the filesystem in batches. The message is the reader's own
// (device/device-reader.cpp deliverForgotten()), not the kernel's: counts are gone down by then.

import type { ForgottenNode } from '../../inode/index.js'
import { Opcode, REQUEST_BODY, type WireReader } from '../../protocol/index.js'
import { OperationClass } from '../../ring/index.js'
import type { Operation } from '../operation.js'

/** nodeid at 0, length of the identity at 8, its bytes at 16. */
const RECORD_LENGTH = 80
const MAX_IDENTITY = 64

function decodeForgotten(reader: WireReader): ForgottenNode[] {
  const first = REQUEST_BODY + 8
  reader.require(first)
  const count = reader.u32(REQUEST_BODY)
  reader.require(first + count * RECORD_LENGTH)
  return Array.from({ length: count }, (_, index) => {
    const record = first + index * RECORD_LENGTH
    const length = Math.min(reader.u32(record + 8), MAX_IDENTITY)
    const start = reader.start + record + 16
    return {
      nodeid: reader.u64Safe(record),
      identity: Uint8Array.from(reader.bytes.subarray(start, start + length)),
    }
  })
}

export const FORGET_OPERATION: Operation = {
  opcode: Opcode.BATCH_FORGET,
  method: 'forget',
  class: OperationClass.METADATA,
  expectsReply: false,
  invoke: (serving) => serving.handlers.forget?.(decodeForgotten(serving.reader)),
  encode: () => undefined,
}
