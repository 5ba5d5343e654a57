// A filesystem of the test's own, served in memory until the test ends, and the small things tests need.

import type { InodeHandlers, Text } from '@fuseloop/core/inode'
import { MemorySession, type Reply, type ServeOptions } from '@fuseloop/core/testing'
import type { Test } from 'tap'

export type Handlers = InodeHandlers<Text, number | object>

export const FILE = { mode: 0o100644 }
export const DIRECTORY = { mode: 0o040755 }

export function serve(t: Test, handlers: Handlers, options: ServeOptions = {}): MemorySession {
  const session = new MemorySession(handlers, options)
  t.teardown(() => session.close())
  return session
}

/** Handlers under which every name exists, as a file, unless `more` says otherwise. */
export function everyName(more: Handlers = {}): Handlers {
  return { lookup: () => ({ attributes: FILE }), ...more }
}

export async function lookedUp(session: MemorySession, name = 'f', parent = 1): Promise<number> {
  return (await session.send(session.request.lookup(parent, name))).entry.nodeid
}

export function fails(code: string): () => never {
  return () => {
    throw Object.assign(new Error(`${code}: as the test wants it`), { code })
  }
}

/** Asserts an EIO that the log explains in one line that names the operation. */
export function refusedAsJunk(
  t: Test,
  session: MemorySession,
  reply: Reply,
  opcode: string,
  message: string,
): void {
  t.equal(reply.code, 'EIO', message)
  t.match(
    session.log,
    [new RegExp(`^${opcode} \\(handler \\w+, unique \\d+\\) failed: `)],
    `${message}: logged`,
  )
  session.log.length = 0
}

/** A promise and the function that fulfils it. */
export function gate<V = void>(): { opened: Promise<V>; open: (value: V) => void } {
  let open: (value: V) => void = () => undefined
  const opened = new Promise<V>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** Lets the session's turn, and what it leads to, run. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}
