// One row of the operation table: everything the framework knows of an opcode, as data.

import type { InodeHandlers, Text } from '../inode/index.js'
import type { Opcode } from '../protocol/index.js'
import type { OperationClass } from '../ring/index.js'
import type { Request } from './request.js'
import type { Serving } from './serving.js'

type Handlers = InodeHandlers<Text, number | object>

/** Where a request carries fh: byte offset in the whole message, and a bit that must be set in the word at 40. */
export interface HandlePosition {
  readonly offset: number
  readonly flag: number
}

/** Returned by `invoke` or `fallback`: the lock manager has the request, and its slot may serve another one by now. */
export const PARKED: unique symbol = Symbol('parked')

type Method = Exclude<keyof Handlers, 'dispose'>

/** A row: see the file's head. */
export interface Operation {
  readonly opcode: Opcode
  readonly method: Method
  /** What `invoke` and `fallback` call besides. */
  readonly otherMethods?: readonly Method[] | undefined
  readonly class: OperationClass
  readonly expectsReply: boolean
  /** Unless settled otherwise, an interrupt ends it with EINTR while no worker has begun: it changes nothing. */
  readonly cancellable?: boolean | undefined
  /** Of the fh by which the reader finds the worker of an object handle. */
  readonly handle?: HandlePosition | undefined
  /**
   * Where in the whole message the node stands that, without a handle and without a name, is asked for by an open
   * handle: the reader then finds the worker of that.
   */
  readonly unnamed?: number | undefined
  /** Decodes, notes in `request` what the answer needs, and calls the handler. */
  readonly invoke: (serving: Serving, request: Request) => unknown
  /** Checks what the handler returned and writes the reply; changes shared state before the reply is out. */
  readonly encode: (serving: Serving, request: Request, result: unknown) => void
  /** What is answered where the handlers lack the method; without it, ENOSYS. */
  readonly fallback?: ((serving: Serving, request: Request) => unknown) | undefined
  /** What the fallback itself needs; ENOSYS where that is absent too. */
  readonly fallbackMethod?: Operation['method'] | undefined
  /** Takes back what `encode` did: the kernel has not taken the reply. */
  readonly rollback?: ((serving: Serving, request: Request) => unknown) | undefined
}

/** `encode` of what is answered by success alone. */
export const answerNothing: Operation['encode'] = (_serving, request) => request.answer(0, 0, 0)

/** fh as the first field of the operation's struct, always valid. */
export const HANDLE_FIRST: HandlePosition = { offset: 40, flag: 0 }

/** The header's node, for `unnamed`. */
export const HEADER_NODE = 16
