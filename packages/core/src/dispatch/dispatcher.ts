// Takes a claimed slot through decode, handler and encode to its one reply.
// Rule: the transport frees the slot in `finish`, so a Request is touched no more after that.

import { inspect } from 'node:util'
import type { SlotIndex } from '../base/ids.js'
import { answerForError, isPromise } from '../inode/index.js'
import { checkInHeader, Errno, headerNodeid, opcodeName, ProtocolError } from '../protocol/index.js'
import { SlotHeader } from '../ring/index.js'
import { NotSupported } from './not-supported.js'
import { type Operation, PARKED } from './operation.js'
import { OPCODE_LIMIT, operationFor } from './operation-table.js'
import { Request } from './request.js'
import type { RequestTransport } from './request-transport.js'
import { Serving, type ServingParts } from './serving.js'

/** What one worker dispatches with. */
export interface DispatcherOptions extends ServingParts {
  readonly transport: RequestTransport
  /** Told of each answered request: opcode, and nanoseconds from reading to answering. */
  readonly onAnswered?: (opcode: number, elapsedNs: number) => void
}

type Run = (serving: Serving, request: Request) => unknown

/** Serves the slots that one worker claims. */
export class Dispatcher {
  readonly #serving: Serving
  readonly #transport: RequestTransport
  readonly #onAnswered: ((opcode: number, elapsedNs: number) => void) | undefined
  readonly #requests: (SlotRequest | undefined)[]
  /** Per opcode, what runs: the handler, its fallback, or nothing (ENOSYS). Fixed for the mount's life. */
  readonly #runs: readonly (Run | undefined)[]
  #pending = 0

  constructor(options: DispatcherOptions) {
    this.#serving = new Serving(options, options.transport.locks)
    this.#transport = options.transport
    this.#onAnswered = options.onAnswered
    this.#requests = new Array<SlotRequest | undefined>(options.ring.geometry.slotCount)
    this.#runs = Array.from({ length: OPCODE_LIMIT }, (_, opcode) =>
      chooseRun(operationFor(opcode), this.#serving),
    )
  }

  /** Requests whose handlers have not settled. */
  get pending(): number {
    return this.#pending
  }

  /** Serves a claimed slot; returns true when its handler is still at work. */
  dispatch(slot: SlotIndex): boolean {
    const request = this.#requests[slot] ?? this.#addRequest(slot)
    const { reader } = this.#serving
    const start = request.offset + SlotHeader.request
    reader.reset(start, start + request.requestLength)
    const opcode = request.opcode
    const operation = operationFor(opcode)
    const run = this.#runs[opcode]
    if (operation === undefined || run === undefined) {
      this.#refuse(request)
      return false
    }
    let result: unknown
    let promise: Promise<unknown> | undefined
    // Before anything can fail: a roll-back must not find what the slot's last request left.
    request.operation = operation
    request.begin()
    try {
      checkInHeader(reader)
      request.nodeid = headerNodeid(reader)
      result = run(this.#serving, request)
      // A promise is taken as it is; of any other thenable this makes one that settles once.
      if (isPromise(result)) promise = Promise.resolve(result)
    } catch (error) {
      this.#fail(request, operation, error)
      return false
    }
    if (result === PARKED) return false
    if (promise !== undefined) {
      this.#pending += 1
      this.#serving.ring.noteAsync(opcode)
      promise.then(request.onValue, request.onError)
      return true
    }
    this.#complete(request, operation, result)
    return false
  }

  /** A running request was interrupted or is late, or the session has ended: tells the handlers' signals. */
  propagateInterrupts(): void {
    for (const request of this.#requests) request?.context.propagateInterrupt()
  }

  #addRequest(slot: SlotIndex): SlotRequest {
    const request = new SlotRequest(
      this.#serving,
      slot,
      (self, value) => {
        this.#pending -= 1
        this.#complete(self, self.operation as Operation, value)
      },
      (self, error) => {
        this.#pending -= 1
        this.#fail(self, self.operation as Operation, error)
      },
    )
    this.#requests[slot] = request
    return request
  }

  #complete(request: SlotRequest, operation: Operation, result: unknown): void {
    if (!operation.expectsReply) {
      this.#transport.discard(request.slot)
      return
    }
    try {
      operation.encode(this.#serving, request, result)
    } catch (error) {
      this.#fail(request, operation, error)
      return
    }
    this.#finish(request, operation)
  }

  #fail(request: SlotRequest, operation: Operation, error: unknown): void {
    const { errno, expected } = answerFor(error)
    if (!expected) this.#serving.log(describeFailure(request, operation, error))
    this.#rollback(request, operation)
    if (!operation.expectsReply) {
      this.#transport.discard(request.slot)
      return
    }
    request.ownBytes = undefined
    request.answer(-errno, 0, 0)
    this.#finish(request, operation)
  }

  #refuse(request: SlotRequest): void {
    request.answer(-Errno.ENOSYS, 0, 0)
    this.#transport.finish(request.slot)
  }

  #finish(request: SlotRequest, operation: Operation): void {
    const { slot, ownBytes } = request
    request.context.settle()
    const refusal =
      ownBytes === undefined
        ? this.#transport.finish(slot)
        : this.#transport.finishWith(slot, ownBytes)
    if (refusal === 0) {
      this.#onAnswered?.(operation.opcode, this.#transport.elapsed)
      return
    }
    const text = refusalText(refusal)
    if (text !== undefined)
      this.#serving.log(`${opcodeName(operation.opcode)} (handler ${operation.method}): ${text}`)
    this.#rollback(request, operation)
  }

  #rollback(request: SlotRequest, operation: Operation): void {
    try {
      const undone = operation.rollback?.(this.#serving, request)
      if (isPromise(undone))
        undone.then(undefined, (error) => this.#serving.log(`roll-back: ${describeThrown(error)}`))
    } catch (error) {
      this.#serving.log(`roll-back: ${describeThrown(error)}`)
    }
  }
}

/** Nothing for what is no news: the client is gone (fs/fuse/dev.c fuse_dev_do_write()), or was interrupted. */
function refusalText(refusal: number): string | undefined {
  if (refusal === -Errno.ENOENT || refusal === -Errno.EINTR) return undefined
  if (refusal === -Errno.ETIMEDOUT)
    return 'settled after its deadline; the answer is dropped, and what it gave is taken back'
  return `the kernel refused the reply with errno ${-refusal}`
}

/** A Request with the two functions that a promise needs, made once per slot. */
class SlotRequest extends Request {
  operation: Operation | undefined
  readonly onValue: (value: unknown) => void
  readonly onError: (error: unknown) => void

  constructor(
    serving: Serving,
    slot: SlotIndex,
    onValue: (self: SlotRequest, value: unknown) => void,
    onError: (self: SlotRequest, error: unknown) => void,
  ) {
    super(serving.ring, slot, serving.worker)
    this.onValue = (value) => onValue(this, value)
    this.onError = (error) => onError(this, error)
  }
}

function chooseRun(operation: Operation | undefined, serving: Serving): Run | undefined {
  if (operation === undefined) return undefined
  const { handlers } = serving
  const { method, invoke, fallback, fallbackMethod } = operation
  if (handlers[method] !== undefined) return invoke
  return fallbackMethod !== undefined && handlers[fallbackMethod] === undefined
    ? undefined
    : fallback
}

function answerFor(error: unknown): { errno: number; expected: boolean } {
  if (error instanceof NotSupported) return { errno: Errno.ENOSYS, expected: true }
  return isTooLarge(error) ? { errno: Errno.EFBIG, expected: true } : answerForError(error)
}

/** A number that JavaScript cannot hold exactly: an offset or size beyond 2^53-1. */
function isTooLarge(error: unknown): boolean {
  try {
    return ProtocolError.is(error) && error.code === 'ERR_FUSE_UNSAFE_INTEGER'
  } catch {
    // A handler's proxy that throws when looked at.
    return false
  }
}

function describeFailure(request: Request, operation: Operation, error: unknown): string {
  const what = `${opcodeName(operation.opcode)} (handler ${operation.method}, unique ${request.unique})`
  return `${what} failed: ${describeThrown(error)}`
}

/** Handlers throw anything, also what has no text: the line in the log must not fail the worker. */
function describeThrown(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack ?? error.message) : inspect(error)
  } catch {
    return 'a thrown value that cannot be shown'
  }
}
