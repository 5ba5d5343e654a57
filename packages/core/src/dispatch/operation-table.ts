// All operations by opcode, and what the native reader must know of them.

import type { InodeHandlers, Text } from '../inode/index.js'
import { OperationClass } from '../ring/index.js'
import type { Operation } from './operation.js'
import { ATTRIBUTE_OPERATIONS } from './operations/attribute-operations.js'
import { DEVICE_OPERATIONS } from './operations/device-operations.js'
import { DIRECTORY_OPERATIONS } from './operations/directory-operations.js'
import { ENTRY_OPERATIONS } from './operations/entry-operations.js'
import { FILE_OPERATIONS } from './operations/file-operations.js'
import { FORGET_OPERATION } from './operations/forget-operation.js'
import { LISTING_OPERATIONS } from './operations/listing-operations.js'
import { LOCK_OPERATIONS } from './operations/lock-operations.js'
import { OPEN_OPERATIONS } from './operations/open-operations.js'
import { POLL_OPERATION } from './operations/poll-operation.js'
import { RANGE_OPERATIONS } from './operations/range-operations.js'
import { RENAME_OPERATIONS } from './operations/rename-operations.js'
import { STATX_OPERATION } from './operations/statx-operation.js'
import { XATTR_OPERATIONS } from './operations/xattr-operations.js'

/** Opcodes from 0 that tables cover; higher ones are answered ENOSYS. */
export const OPCODE_LIMIT = 64

/** Every field a row may have. */
const BLANK: Readonly<Record<keyof Operation, undefined>> = {
  opcode: undefined,
  method: undefined,
  otherMethods: undefined,
  class: undefined,
  expectsReply: undefined,
  cancellable: undefined,
  handle: undefined,
  unnamed: undefined,
  invoke: undefined,
  encode: undefined,
  fallback: undefined,
  fallbackMethod: undefined,
  rollback: undefined,
}

const OPERATIONS: readonly (Operation | undefined)[] = byOpcode([
  ...ENTRY_OPERATIONS,
  ...RENAME_OPERATIONS,
  ...ATTRIBUTE_OPERATIONS,
  ...OPEN_OPERATIONS,
  ...FILE_OPERATIONS,
  ...DIRECTORY_OPERATIONS,
  ...XATTR_OPERATIONS,
  ...LISTING_OPERATIONS,
  ...RANGE_OPERATIONS,
  ...DEVICE_OPERATIONS,
  STATX_OPERATION,
  POLL_OPERATION,
  ...LOCK_OPERATIONS,
  FORGET_OPERATION,
])

/** The row of an opcode; undefined for what is not served. */
export function operationFor(opcode: number): Operation | undefined {
  return OPERATIONS[opcode]
}

/** Which methods a filesystem's handlers have, for the INIT flags that need some of them. */
export function methodsOf(handlers: InodeHandlers<Text, number | object>): readonly string[] {
  const methods = allOperations().flatMap(({ method, otherMethods = [] }) => [
    method,
    ...otherMethods,
  ])
  return [...new Set(methods)].filter((method) => handlers[method] !== undefined)
}

/** All rows, by opcode. */
export function allOperations(): readonly Operation[] {
  return OPERATIONS.filter((operation) => operation !== undefined)
}

function byOpcode(operations: readonly Operation[]): (Operation | undefined)[] {
  const table = new Array<Operation | undefined>(OPCODE_LIMIT).fill(undefined)
  // In shapes that are few: a dispatcher that sees many looks each field up by its name.
  for (const operation of operations) table[operation.opcode] = { ...BLANK, ...operation }
  return table
}

/**
 * Four bytes per opcode for the reader (device/request-routing.hpp): class, offset of fh (0: none), the flag
 * that must be set in the word at 40 for fh to count, offset of the node that an open handle may stand for (0: none).
 */
export function routingTable(): Uint8Array {
  const rows = new Uint8Array(OPCODE_LIMIT * 4)
  for (let opcode = 0; opcode < OPCODE_LIMIT; opcode++) {
    const operation = OPERATIONS[opcode]
    rows[opcode * 4] = operation?.class ?? OperationClass.METADATA
    rows[opcode * 4 + 1] = operation?.handle?.offset ?? 0
    rows[opcode * 4 + 2] = operation?.handle?.flag ?? 0
    rows[opcode * 4 + 3] = operation?.unnamed ?? 0
  }
  return rows
}
