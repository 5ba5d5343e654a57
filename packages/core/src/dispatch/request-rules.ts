// Turns rules by operation into the tables by opcode that reader, watchdog and workers look at.

import { Errno, Opcode, opcodeName } from '../protocol/index.js'
import { ControlPage, InterruptRule, type RequestRing } from '../ring/index.js'
import { FuseError, type InterruptPolicy, type RequestRules } from '../session/index.js'
import { allOperations, OPCODE_LIMIT, operationFor } from './operation-table.js'

const LONGEST_MS = 86_400_000
const RULES: Readonly<Record<InterruptPolicy, number>> = {
  ignore: InterruptRule.IGNORE,
  signal: InterruptRule.SIGNAL,
  cancel: InterruptRule.CANCEL,
  answer: InterruptRule.ANSWER,
}

/**
 * Writes the rules into the ring, before its reader starts.
 * @param limitMs what no request may exceed, also where no deadline was asked for; undefined for no limit
 * @returns the operations whose deadline was cut to the limit
 * @throws FuseError ERR_FUSE_USAGE for what is unknown or out of range, by name
 */
export function writeRequestRules(
  ring: RequestRing,
  rules: RequestRules,
  limitMs?: number,
): string[] {
  const cut: string[] = []
  const { timeouts = {}, interrupts = {}, timeoutCode = 'ETIMEDOUT' } = rules
  checkNames('timeouts', timeouts)
  checkNames('interrupts', interrupts)
  for (const [name, value] of Object.entries(timeouts)) checkTimeout(name, value)
  for (const [name, value] of Object.entries(interrupts)) checkPolicy(name, value)
  ring.view.setUint32(ControlPage.timeoutErrno, errnoOf(timeoutCode), true)
  for (const { opcode, method, cancellable, expectsReply } of allOperations()) {
    // Who waits for a lock waits for another client: no handler is late.
    const usualMs = opcode === Opcode.SETLKW ? 0 : (timeouts['default'] ?? 0)
    const asked = expectsReply ? (timeouts[method] ?? usualMs) : 0
    const timeout = expectsReply ? limited(asked, limitMs) : 0
    if (timeout < asked) cut.push(method)
    ring.view.setUint32(ControlPage.timeouts + opcode * 4, timeout, true)
    const usual = cancellable === true ? 'cancel' : 'signal'
    const policy = interrupts[method] ?? interrupts['default'] ?? usual
    ring.view.setUint8(ControlPage.interruptRules + opcode, RULES[policy])
  }
  return cut
}

/** By opcode, how lines in the log name an operation. */
export function operationNames(): string[] {
  return Array.from({ length: OPCODE_LIMIT }, (_, opcode) => operationName(opcode))
}

/** What `timeouts` and `interrupts` call an opcode's operation. */
export function operationName(opcode: number): string {
  const method = operationFor(opcode)?.method
  return method === undefined ? opcodeName(opcode) : `${opcodeName(opcode)} (handler ${method})`
}

function limited(asked: number, limitMs: number | undefined): number {
  if (limitMs === undefined) return asked
  return asked === 0 ? limitMs : Math.min(asked, limitMs)
}

function checkNames(field: string, given: object): void {
  const known = ['default', ...allOperations().map(({ method }) => method as string)]
  for (const name of Object.keys(given))
    if (!known.includes(name)) throw usage(`${field}: there is no operation '${name}'`)
}

function checkTimeout(name: string, value: unknown): void {
  const isGood =
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LONGEST_MS
  if (!isGood)
    throw usage(
      `timeouts.${name}: ${String(value)} is no whole number of ms from 0 to ${LONGEST_MS}`,
    )
}

function checkPolicy(name: string, value: unknown): void {
  if (typeof value !== 'string' || !Object.hasOwn(RULES, value))
    throw usage(
      `interrupts.${name}: '${String(value)}' is none of ${Object.keys(RULES).join(', ')}`,
    )
}

function errnoOf(code: unknown): number {
  const errno =
    typeof code === 'string' && Object.hasOwn(Errno, code)
      ? Errno[code as keyof typeof Errno]
      : undefined
  // ENOSYS would switch the operation off for the whole mount.
  if (errno === undefined || errno === Errno.ENOSYS)
    throw usage(`timeoutCode: '${String(code)}' is no errno for a client`)
  return errno
}

function usage(message: string): FuseError {
  return new FuseError('ERR_FUSE_USAGE', message)
}
