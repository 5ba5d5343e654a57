import { type MemorySession, serveInMemory } from '@fuseloop/core/testing'
import faulty from '@fuseloop/examples/faulty'
import t from 'tap'

const O_WRONLY = 1

/** Opens /OPERATION/FAULT. */
async function open(
  session: MemorySession,
  operation: string,
  fault: string,
): Promise<[number, bigint]> {
  const { request } = session
  const folder = (await session.send(request.lookup(1, operation))).entry.nodeid
  const { nodeid } = (await session.send(request.lookup(folder, fault))).entry
  return [nodeid, (await session.send(request.open(nodeid, O_WRONLY))).opened.fh]
}

async function namesIn(session: MemorySession, nodeid: number): Promise<string[]> {
  const { request } = session
  const { fh } = (await session.send(request.opendir(nodeid))).opened
  const { dirents } = await session.send(request.readdir(nodeid, fh, 0, 4096))
  await session.send(request.releasedir(nodeid, fh))
  return dirents.map(({ name }) => name).filter((name) => !name.startsWith('.'))
}

t.test('the README names all there is', async (t) => {
  const session = await serveInMemory(faulty)
  const { request } = session
  const { nodeid } = (await session.send(request.lookup(1, 'README'))).entry
  const { text } = await session.send(request.read(nodeid, 0, 0, 65_536))
  const folders = (await namesIn(session, 1)).filter((name) => name !== 'README')
  const read = (await session.send(request.lookup(1, 'read'))).entry.nodeid
  const faults = await namesIn(session, read)
  t.ok(faults.length > 10, `${faults.length} faults`)
  for (const name of [...folders, ...faults]) t.match(text, new RegExp(`\\b${name}\\b`))
  await session.close()
})

t.test('what the client gets, and what others do meanwhile', async (t) => {
  for (const [fault, code] of [
    ['fail', 'EACCES'],
    ['throw', 'EIO'],
    ['reject', 'EIO'],
    ['junk', 'EIO'],
    ['too-much', 'EIO'],
  ] as const) {
    const session = await serveInMemory(faulty)
    const { request } = session
    const [nodeid, fh] = await open(session, 'read', fault)
    t.equal((await session.send(request.read(nodeid, fh, 0, 10))).code, code, `read/${fault}`)
    t.equal(
      (await session.send(request.write(nodeid, fh, 0, 'good'))).written,
      4,
      'writing is good',
    )
    t.equal(session.log.length, code === 'EIO' ? 1 : 0, 'a line for what is no errno')
    await session.send(request.release(nodeid, fh))
    await session.close()
  }
})

t.test('a handler that is late', async (t) => {
  const session = await serveInMemory(faulty, { set: { delay: '5ms' } })
  const { request } = session
  for (const fault of ['late', 'late-write', 'block']) {
    const [nodeid, fh] = await open(session, 'read', fault)
    const { text } = await session.send(request.read(nodeid, fh, 0, 10))
    t.equal(text, 'good\n', fault)
    await session.send(request.release(nodeid, fh))
  }
  await session.close()
})
