// A client of a simulated mount: it does what the kernel would let it do, in an order that the choices decide.

import { O_RDWR } from 'node:constants'
import type { Reply, Simulation } from '@fuseloop/core/testing'

const NAMES = ['a', 'b', 'c'] as const

/** Nodes that some client's request is about: the kernel does not forget them meanwhile. */
type Busy = Map<bigint, number>

export function randomClients(count: number, steps: number): ((s: Simulation) => Promise<void>)[] {
  const busy: Busy = new Map()
  return Array.from({ length: count }, (_, id) => async (simulation: Simulation) => {
    for (let step = 0; step < steps; step++) {
      await simulation.pause(`client ${id}`)
      await oneStep(simulation, busy, `${id}.${step}`)
    }
  })
}

async function oneStep(simulation: Simulation, busy: Busy, text: string): Promise<void> {
  const { kernel } = simulation.session
  const { request, cache } = kernel
  const nodes = [...cache.inodes].map(({ nodeid }) => nodeid)
  const nodeid = nodes[simulation.choose(nodes.length)] as bigint
  const name = NAMES[simulation.choose(NAMES.length)] as string
  const isDirectory = cache.inode(nodeid)?.type === 0o040000
  const on = (message: Uint8Array): Promise<Reply> => using(busy, nodeid, simulation, message)
  switch (simulation.choose(7)) {
    case 0:
      await on(request.getattr(nodeid))
      return
    case 1:
      if (isDirectory) await on(request.mkdir(nodeid, name, 0o755))
      return
    case 2:
      if (isDirectory) await on(request.unlink(nodeid, name))
      return
    case 3:
      forget(simulation, busy, nodeid)
      return
    case 4:
      if (isDirectory) await writeAndRead(simulation, busy, nodeid, `f${text}`)
      return
    case 5:
      if (!isDirectory) await openAndClose(simulation, busy, nodeid)
      return
    default:
      if (isDirectory) await on(request.lookup(nodeid, name))
  }
}

/** All references that the kernel has, unless the node is in use. */
function forget(simulation: Simulation, busy: Busy, nodeid: bigint): void {
  const { kernel } = simulation.session
  const { cache } = kernel
  const isOpen = cache.openedFiles.some((file) => file.nodeid === nodeid)
  const nlookup = cache.inode(nodeid)?.nlookup ?? 0n
  if (nodeid === 1n || isOpen || busy.has(nodeid) || nlookup === 0n) return
  kernel.requestSendNoReply(nodeid, nlookup)
}

/** A file of its own: what is written is read again. */
async function writeAndRead(
  simulation: Simulation,
  busy: Busy,
  parent: bigint,
  name: string,
): Promise<void> {
  const { request } = simulation.session.kernel
  const created = await using(busy, parent, simulation, request.create(parent, name, 0o100644))
  if (created.error !== 0) return
  const { nodeid } = created.entry
  const { fh } = created.opened
  const written = await simulation.send(request.write(nodeid, fh, 0, `text of ${name}`))
  const read = await simulation.send(request.read(nodeid, fh, 0, 100))
  if (written.error === 0 && read.error === 0 && read.text !== `text of ${name}`)
    throw new Error(`${name} reads as ${read.text}`)
  await close(simulation, BigInt(nodeid), fh)
}

async function openAndClose(simulation: Simulation, busy: Busy, nodeid: bigint): Promise<void> {
  const { request } = simulation.session.kernel
  const opened = await using(busy, nodeid, simulation, request.open(nodeid, O_RDWR))
  if (opened.error === 0) await close(simulation, nodeid, opened.opened.fh)
}

/** RELEASE is the kernel's own: no signal reaches it, and nobody learns how it ends. */
async function close({ session }: Simulation, nodeid: bigint, fh: bigint): Promise<void> {
  await session.send(session.request.release(nodeid, fh))
}

async function using(
  busy: Busy,
  nodeid: bigint,
  simulation: Simulation,
  message: Uint8Array,
): Promise<Reply> {
  busy.set(nodeid, (busy.get(nodeid) ?? 0) + 1)
  const reply = await simulation.send(message)
  const left = (busy.get(nodeid) ?? 1) - 1
  if (left === 0) busy.delete(nodeid)
  else busy.set(nodeid, left)
  return reply
}
