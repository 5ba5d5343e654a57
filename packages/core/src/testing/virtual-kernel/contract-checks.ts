// The daemon's duties, checked on the events of a connection. A breach is noted with the trace that led to it;
// nothing is thrown from within the daemon's own calls.

import type { Nodeid, Unique } from '../../base/ids.js'
import { codeFromErrno, Errno, Opcode, opcodeName } from '../../protocol/index.js'
import type { ConnectionEvent } from './connection-driver.js'
import type { InodeCache } from './inode-cache.js'
import { describeMessage } from './message-fields.js'
import type { ReplyEffect } from './reply-effects.js'
import { opcodeOf, uniqueOf } from './request-builder.js'
import { Trace } from './trace.js'

/** Rules that a daemon must keep. */
export type ContractRule =
  | 'double reply'
  | 'lost reply'
  | 'reply to a no-reply operation'
  | 'reply to an unknown request'
  | 'wrong size'
  | 'error out of range'
  | 'INTERRUPT answered'
  | 'late reply into a reused slot'
  | 'lookup count raised after the reply'
  | 'lookup count under zero'
  | 'lookup count kept'
  | 'nodeid type change'
  | 'handle leak'

/** What the daemon did against the protocol. */
export interface Violation {
  readonly rule: ContractRule
  readonly message: string
  /** What happened on the connection, the last line being the breach. */
  readonly trace: readonly string[]
}

/** What can be seen of the daemon's own state, where it runs in this process. */
export interface DaemonProbe {
  /** How often the daemon believes the kernel refers to a node. */
  readonly lookupCount?: (nodeid: Nodeid) => number
  /** How often FORGET asked for more than the daemon had counted. */
  readonly underflows?: () => number
  /** A handler works for this request and has not settled. */
  readonly isAtWork?: (unique: Unique) => boolean
  /** Handles that handlers gave and nobody released, described. */
  readonly openHandles?: () => readonly string[]
}

/** Thrown by VirtualKernel.verify(). */
export class ContractError extends Error {
  readonly violations: readonly Violation[]

  constructor(violations: readonly Violation[]) {
    const [first] = violations
    const more = violations.length > 1 ? `\n(and ${violations.length - 1} more)` : ''
    super(`${first?.message}${more}\n${first?.trace.join('\n')}`)
    this.name = 'ContractError'
    this.violations = violations
  }
}

const INTERRUPT_BIT = 1n
/** Replies to INTERRUPT that mean something (fs/fuse/dev.c fuse_dev_do_write()). */
const INTERRUPT_ERRORS: readonly number[] = [-Errno.EAGAIN, -Errno.ENOSYS]
const TRACE_LENGTH = 60
/** Requests whose fate is known beyond their end. */
const REMEMBERED = 1000
const NO_REPLY_OPCODES: readonly number[] = [Opcode.FORGET, Opcode.BATCH_FORGET]

interface ReadRequest {
  readonly message: Uint8Array
  isAnswered: boolean
  /** Ended by the kernel: whatever the daemon still writes is no breach. */
  isOver: boolean
  /** Reads of the same unique beyond the first: a request that is resent twice keeps it. Each is answered. */
  repeated: number
}

export class ContractChecks {
  readonly trace: Trace = new Trace()
  readonly violations: Violation[] = []
  readonly #probe: DaemonProbe
  readonly #read = new Map<Unique, ReadRequest>()
  readonly #byToken = new Map<number, ReadRequest>()
  readonly #noReply = new Map<Unique, number>()
  #isEnded = false

  constructor(probe: DaemonProbe = {}) {
    this.#probe = probe
  }

  observe(event: ConnectionEvent): void {
    this.trace.add(event)
    if (event.kind === 'read') this.#noteRead(event)
    else if (event.kind === 'written') this.#checkWritten(event)
    else if (event.kind === 'settled') this.#noteSettled(event)
    else if (event.kind === 'ended') this.#isEnded = true
  }

  /** For a reply that the kernel has taken. */
  checkEffect(effect: ReplyEffect, cache: InodeCache): void {
    const { typeChange, counted = [] } = effect
    if (typeChange !== undefined) {
      const { nodeid, from, to } = typeChange
      const types = `${from.toString(8)} to ${to.toString(8)}`
      this.#report('nodeid type change', `node ${nodeid} changed its type from ${types}`)
    }
    for (const nodeid of counted) this.#checkCounted(nodeid, cache)
  }

  #checkCounted(counted: bigint, cache: InodeCache): void {
    if (this.#probe.lookupCount === undefined) return
    const known = this.#probe.lookupCount(Number(counted))
    const given = cache.inode(counted)?.nlookup ?? 0n
    if (BigInt(known) < given) {
      this.#report(
        'lookup count raised after the reply',
        `node ${counted} was given to the kernel ${given} times, and the daemon has counted ${known}: a FORGET may come before it counts`,
      )
    }
  }

  /** When nothing is going on: whatever is missing now is lost. */
  checkQuiet(cache: InodeCache): void {
    for (const [unique, request] of this.#read) {
      if (request.isAnswered || request.isOver || this.#isEnded) continue
      if (this.#probe.isAtWork?.(unique) === true) continue
      this.#report('lost reply', `${describeMessage(request.message)} was read and never answered`)
    }
    if ((this.#probe.underflows?.() ?? 0) > 0)
      this.#report('lookup count under zero', 'a count was lowered by more than it was raised')
    if (!this.#isEnded) this.#checkCounts(cache)
  }

  /** When the kernel has released all that it had open. */
  checkReleased(): void {
    for (const handle of this.#probe.openHandles?.() ?? [])
      this.#report('handle leak', `${handle} was never released`)
  }

  #noteRead({ token, message }: Extract<ConnectionEvent, { kind: 'read' }>): void {
    const unique = uniqueOf(message)
    const opcode = opcodeOf(message)
    if (NO_REPLY_OPCODES.includes(opcode) || opcode === Opcode.NOTIFY_REPLY)
      this.#noReply.set(unique, opcode)
    if (token === 0 || opcode === Opcode.NOTIFY_REPLY) return
    // Resent: the old unique is dead.
    const before = this.#byToken.get(token)
    if (before !== undefined) before.isOver = true
    const repeated =
      before !== undefined && before === this.#read.get(unique) ? before.repeated + 1 : 0
    const request = { message, isAnswered: false, isOver: false, repeated }
    this.#read.set(unique, request)
    if (this.#read.size > REMEMBERED) this.#forgetOldest()
    this.#byToken.set(token, request)
  }

  /** A second reply to what was answered so long ago is one to an unknown request. */
  #forgetOldest(): void {
    for (const [unique, request] of this.#read) {
      if (request.isAnswered || request.isOver) {
        this.#read.delete(unique)
        return
      }
    }
  }

  #checkWritten(event: Extract<ConnectionEvent, { kind: 'written' }>): void {
    const { unique, error, result, byteLength } = event
    // NOTIFY_REPLY goes by a unique of the daemon's, which may be odd.
    if ((unique & INTERRUPT_BIT) !== 0n && !this.#noReply.has(unique)) {
      if (!INTERRUPT_ERRORS.includes(error))
        this.#report('INTERRUPT answered', `INTERRUPT ${unique} was answered with ${text(error)}`)
      return
    }
    const request = this.#read.get(unique)
    const what = request === undefined ? `unique ${unique}` : describeMessage(request.message)
    if (result === -Errno.ENOENT) {
      this.#checkUnexpected(unique, request, what)
    } else if (result === -Errno.EINVAL) {
      if (error > 0 || error <= -512)
        this.#report('error out of range', `${what} was answered with error ${error}`)
      else
        this.#report('wrong size', `${what} was answered with ${byteLength} bytes, ${text(error)}`)
    } else if (error === 0 && this.#probe.isAtWork?.(unique) === true) {
      this.#report(
        'late reply into a reused slot',
        `${what} was answered while its handler is at work: with what another request had asked for`,
      )
    }
    if (request !== undefined && event.token !== 0 && result !== -Errno.ENOENT)
      request.isAnswered = request.isAnswered || !(error > 0 || error <= -512)
  }

  #checkUnexpected(unique: Unique, request: ReadRequest | undefined, what: string): void {
    const opcode = this.#noReply.get(unique)
    if (opcode !== undefined)
      this.#report('reply to a no-reply operation', `${opcodeName(opcode)} ${unique} was answered`)
    else if (request?.isAnswered === true && request.repeated > 0) request.repeated -= 1
    else if (request?.isAnswered === true)
      this.#report('double reply', `${what} was answered twice`)
    else if (request === undefined && !this.#isEnded)
      this.#report('reply to an unknown request', `${what} was answered and never read`)
  }

  #noteSettled({ token }: Extract<ConnectionEvent, { kind: 'settled' }>): void {
    const request = this.#byToken.get(token)
    if (request !== undefined && !request.isAnswered) request.isOver = true
    this.#byToken.delete(token)
  }

  #checkCounts(cache: InodeCache): void {
    const { lookupCount } = this.#probe
    if (lookupCount === undefined) return
    for (const { nodeid, nlookup } of cache.inodes) {
      if (nodeid === 1n) continue
      const known = BigInt(lookupCount(Number(nodeid)))
      const counts = `the kernel refers to node ${nodeid} ${nlookup} times, the daemon has counted ${known}`
      if (known < nlookup)
        this.#report('lookup count under zero', `${counts}: the next FORGET goes under zero`)
      else if (known > nlookup)
        this.#report('lookup count kept', `${counts}: it will never be forgotten`)
    }
  }

  #report(rule: ContractRule, detail: string): void {
    const message = `${rule}: ${detail}`
    this.trace.add(`BREACH   ${message}`)
    this.violations.push({ rule, message, trace: this.trace.lines(TRACE_LENGTH) })
  }
}

function text(error: number): string {
  return error === 0 ? 'success' : (codeFromErrno(-error) ?? `error ${error}`)
}
