// The contract checks are awake: each fault, planted in a copy of the code that answers requests, is caught under
// its own name, by one and the same course of requests, in which the code as it is breaks nothing.

import type { InodeHandlers, Text } from '@fuseloop/core/inode'
import type { ContractError, MemorySession } from '@fuseloop/core/testing'
import t from 'tap'
import { fails, gate, turns } from '../../dispatch/served.js'
import { PLANTED_FAULTS, plantFault } from './planted-faults.js'

type Testing = typeof import('@fuseloop/core/testing')

const FILE = { mode: 0o100644 }

/** Replies that the kernel takes in vain: what `wait` holds up is dropped before it settles. */
async function inVain(
  session: MemorySession,
  message: Uint8Array,
  open: () => void,
): Promise<void> {
  const sent = session.requestSend(message)
  await turns()
  session.kernel.connection.drop(sent.token)
  open()
  await turns()
  await sent.reply
}

/** Requests of all the kinds that the faults concern; ends with the session closed. */
async function useAll({ MemorySession }: Testing): Promise<void> {
  let wait: Promise<unknown> | undefined
  const links: ((target: string) => void)[] = []
  const handlers: InodeHandlers<Text, number | object> = {
    lookup: async () => {
      await wait
      return { attributes: FILE }
    },
    getattr: () => FILE,
    mkdir: (_parent, _name, _mode, context) =>
      new Promise((resolve) => {
        const made = { attributes: { mode: 0o040755 } }
        context.signal.addEventListener('abort', () => resolve(made))
      }),
    unlink: fails('EACCES'),
    open: async () => {
      await wait
      return 7
    },
    release: () => undefined,
    readlink: () =>
      new Promise<string>((resolve) => {
        links.push(resolve)
      }),
  }
  const session = new MemorySession(handlers, { slotCount: 1 })
  const { kernel, request } = session
  const first = await session.send(request.lookup(1, 'f'))
  const node = first.entry.nodeid
  await session.send(request.lookup(1, 'f'))
  await session.send(request.getattr(node))
  const unlinking = session.requestSend(request.unlink(1, 'f'))
  await turns()
  // The kernel refuses an impossible error, and waits on.
  if (kernel.waiting > 0) kernel.connection.drop(unlinking.token)
  const making = session.requestSend(request.mkdir(1, 'd', 0))
  await turns()
  kernel.signal(making)
  await turns()
  await readLinks(session, node, links)
  for (const message of [request.lookup(1, 'f'), request.open(node)]) {
    const { opened, open } = gate()
    wait = opened
    await inVain(session, message, () => open())
  }
  const other = await session.send(request.lookup(1, 'g'))
  await session.forget(other.entry.nodeid, 1)
  await session.close()
}

/** Two in one slot, the second settling after the first. */
async function readLinks(
  session: MemorySession,
  node: number,
  links: readonly ((target: string) => void)[],
): Promise<void> {
  const { request } = session
  const replies = [session.send(request.readlink(node)), session.send(request.readlink(node))]
  await turns()
  links[0]?.('first')
  await turns()
  links[1]?.('second')
  await Promise.all(replies)
}

/** What the checks say of a copy with a fault; undefined when they find nothing. */
async function breachOf(testing: Testing): Promise<ContractError | undefined> {
  try {
    await useAll(testing)
    return undefined
  } catch (error) {
    if (error instanceof testing.ContractError) return error
    throw error
  }
}

t.test('the code as it is breaks nothing', async (t) => {
  const testing = await plantFault(t.testdir(), undefined)
  t.equal(await breachOf(testing), undefined)
})

for (const fault of PLANTED_FAULTS) {
  t.test(fault.name, { timeout: 200_000 }, async (t) => {
    const breach = await breachOf(await plantFault(t.testdir(), fault))
    const named = breach?.violations.find(({ rule }) => rule === fault.rule)
    t.match(named?.message, fault.message, `of ${breach?.violations.map(({ rule }) => rule)}`)
    t.match(named?.trace.at(-1), /BREACH/, 'the trace ends with the breach')
    t.ok((named?.trace.length ?? 0) > 5, 'and leads to it')
  })
}
