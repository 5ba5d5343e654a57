import { type MemorySession, type ServeOptions, serveInMemory } from '@fuseloop/core/testing'
import hello from '@fuseloop/examples/hello'
import t, { type Test } from 'tap'

const O_RDWR = 2

async function served(t: Test, options: ServeOptions = {}): Promise<MemorySession> {
  const session = await serveInMemory(hello, options)
  t.teardown(() => session.close())
  return session
}

/** nodeid of the one file. */
async function lookUp(session: MemorySession): Promise<number> {
  return (await session.send(session.request.lookup(1, 'hello'))).entry.nodeid
}

t.test('the root is a directory with one file', async (t) => {
  const session = await served(t)
  const { request } = session
  t.match((await session.send(request.getattr(1))).attributes, { mode: 0o40755, nlink: 2 })
  const { fh } = (await session.send(request.opendir(1))).opened
  const listing = await session.send(request.readdir(1, fh, 0, 4096))
  t.same(
    listing.dirents.map(({ name }) => name),
    ['.', '..', 'hello'],
  )
  t.equal((await session.send(request.releasedir(1, fh))).error, 0)
})

t.test('the file greets, from any position', async (t) => {
  const session = await served(t)
  const { request } = session
  const entry = (await session.send(request.lookup(1, 'hello'))).entry
  t.match(entry.attributes, { mode: 0o100444, size: 6n })
  const { fh } = (await session.send(request.open(entry.nodeid))).opened
  const read = async (offset: number, size: number): Promise<string> =>
    (await session.send(request.read(entry.nodeid, fh, offset, size))).text
  t.equal(await read(0, 4096), 'hello\n')
  t.equal(await read(0, 4), 'hell')
  t.equal(await read(2, 2), 'll')
  t.equal(await read(6, 10), '')
  t.equal(await read(1000, 10), '')
  t.equal((await session.send(request.release(entry.nodeid, fh))).error, 0)
  t.same(session.log, [])
})

t.test('the greeting is an option', async (t) => {
  const greeting = 'grüß dich\n'
  const session = await served(t, { set: { greeting } })
  const { request } = session
  const node = await lookUp(session)
  t.equal(
    (await session.send(request.getattr(node))).attributes.size,
    BigInt(Buffer.byteLength(greeting)),
  )
  t.equal((await session.send(request.read(node, 0, 0, 4096))).text, greeting)
})

t.test('there is nothing else, and nothing can be changed', async (t) => {
  const session = await served(t)
  const { request } = session
  const node = await lookUp(session)
  t.equal((await session.send(request.lookup(1, 'other'))).code, 'ENOENT')
  t.equal((await session.send(request.lookup(node, 'below'))).code, 'ENOENT')
  for (const message of [
    request.mkdir(1, 'd', 0o755),
    request.unlink(1, 'hello'),
    request.rename(1, 'hello', 1, 'bye'),
    request.write(node, 0, 0, 'bye'),
    request.setattr(node, { size: 0 }),
    request.create(1, 'new', 0o100644, O_RDWR),
  ]) {
    const { code } = await session.send(message)
    t.ok(code === 'ENOSYS' || code === 'EROFS' || code === 'EOPNOTSUPP', `${code}`)
  }
  t.equal((await session.send(request.read(node, 0, 0, 4096))).text, 'hello\n')
})
