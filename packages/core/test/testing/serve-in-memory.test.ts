import { defineFilesystem, defineInodeFilesystem } from '@fuseloop/core'
import { serveInMemory } from '@fuseloop/core/testing'
import t from 'tap'

t.test('a path filesystem is served from its definition', async (t) => {
  let disposed = 0
  const definition = defineFilesystem({
    options: { greeting: { type: 'string', default: 'hello' } },
    cache: { entryTimeoutMs: 5000 },
    create: ({ options, worker, log, services }) => {
      log('info', `worker ${worker}`)
      t.equal(services, 'service')
      return {
        getattr: (path) => ({ mode: path === '/' ? 0o040755 : 0o100644, size: 5 }),
        readdir: () => ['greeting'],
        read: (_file, buffer) => buffer.write(options.greeting),
        dispose: () => {
          log('warn', 'over')
          disposed++
        },
      }
    },
  })
  const session = await serveInMemory(definition, { set: { greeting: 'hi' }, services: 'service' })
  const { request } = session
  const { entry } = await session.send(request.lookup(1, 'greeting'))
  t.equal(entry.entryValid, 5_000_000_000n)
  const { opened } = await session.send(request.open(entry.nodeid))
  const read = await session.send(request.read(entry.nodeid, opened.fh, 0, 100))
  t.equal(read.text, 'hi')
  await session.close()
  t.equal(disposed, 1)
  t.same(session.log, ['info: worker 0', 'warn: over'])
})

t.test('an inode filesystem and its encoding are served from its definition', async (t) => {
  const definition = defineInodeFilesystem({
    encoding: 'buffer',
    create: () => ({
      lookup: (_parent, name) => ({
        identity: name,
        attributes: { mode: 0o100644, size: name.byteLength },
      }),
    }),
  })
  const session = await serveInMemory(definition)
  const { entry } = await session.send(session.request.lookup(1, Buffer.from([0xff])))
  t.equal(entry.attributes.size, 1n)
  await session.close()
})

t.test('settings that the definition does not know are refused', async (t) => {
  const definition = defineFilesystem({ create: () => ({}) })
  await t.rejects(serveInMemory(definition, { set: { colour: 'red' } }), {
    code: 'ERR_FUSE_BAD_OPTION',
  })
})

t.test('bare handlers are served, and requests after the end fail', async (t) => {
  const session = await serveInMemory({ getattr: () => ({ mode: 0o040755 }) })
  const { request } = session
  const pending = await session.send(request.getattr(1))
  t.equal(pending.attributes.mode, 0o040755)
  t.equal(pending.attributesValid, 1_000_000_000n)
  await session.close()
  t.equal((await session.send(request.getattr(1))).code, 'ENOTCONN')
})
