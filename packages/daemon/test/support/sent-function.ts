// A function of a test that runs in another process: it travels as its source, so it sees its arguments only.

import * as childProcess from 'node:child_process'
import * as fs from 'node:fs'
import * as timers from 'node:timers/promises'

/** What functions of tests need most, as their first argument. */
export interface Tools {
  readonly fs: typeof fs
  readonly childProcess: typeof childProcess
  readonly timers: typeof timers
}

export const TOOLS: Tools = { fs, childProcess, timers }

export interface SentCall {
  readonly source: string
  readonly args: readonly unknown[]
}

export type Outcome =
  | { readonly value: unknown }
  | { readonly error: { code?: string; errno?: number; name: string; message: string } }

export function sentCall(sent: (...given: never[]) => unknown, args: readonly unknown[]): SentCall {
  return { source: sent.toString(), args }
}

/** Runs what was sent; never throws. */
export function perform(call: SentCall, tools: object): Promise<Outcome> {
  return settle(async () => {
    const sent = new Function(`return (${call.source})`)() as (...given: unknown[]) => unknown
    return await sent(tools, ...call.args)
  })
}

/** What `action` gives or throws, in a form that can be sent. */
export async function settle(action: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await action() }
  } catch (thrown) {
    const { code, errno, name, message } = thrown as NodeJS.ErrnoException
    return {
      error: { name, message, ...(code && { code }), ...(errno !== undefined && { errno }) },
    }
  }
}

/** The value of an outcome. @throws the error that the other process told */
export function unwrap<V>(outcome: Outcome): V {
  if ('value' in outcome) return outcome.value as V
  throw Object.assign(new Error(outcome.error.message), outcome.error)
}
