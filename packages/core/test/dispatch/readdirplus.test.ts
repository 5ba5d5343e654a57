import type { MemorySession } from '@fuseloop/core/testing'
import t from 'tap'
import {
  DIRECTORY,
  everyName,
  FILE,
  gate,
  type Handlers,
  refusedAsJunk,
  serve,
  turns,
} from './served.js'

const UNKNOWN_INO = 0xffffffffn

async function openRoot(session: MemorySession): Promise<bigint> {
  return (await session.send(session.request.opendir(1))).opened.fh
}

/** The two kinds of directory handle, whose listings are kept in different places. */
const KINDS: readonly [kind: string, opendir: Handlers['opendir']][] = [
  ['an integer handle', () => 7],
  ['an object handle', () => ({ handle: { path: '/' } })],
]

for (const [kind, opendir] of KINDS) {
  const handlers = (readdirplus: Handlers['readdirplus'], more: Handlers = {}): Handlers =>
    everyName({ ...(opendir && { opendir }), ...(readdirplus && { readdirplus }), ...more })

  t.test(`with ${kind}, entries with attributes take one reference each`, async (t) => {
    const session = serve(
      t,
      handlers(() => [
        { name: 'bare', ino: 3, type: 0o120000 },
        { name: 'file', attributes: { ...FILE, ino: 12, size: 5 }, identity: Buffer.from('F') },
        { name: 'directory', attributes: DIRECTORY, entryTimeoutMs: 0, attributesTimeoutMs: 500 },
      ]),
      { cache: { entryTimeoutMs: 1500, attributesTimeoutMs: 250 } },
    )
    const fh = await openRoot(session)
    const { direntsplus } = await session.send(session.request.readdirplus(1, fh, 0, 4096))
    t.same(
      direntsplus.map(({ name, ino, type, entry }) => [`${name}`, ino, type, entry.nodeid]),
      [
        ['.', UNKNOWN_INO, 4, 0],
        ['..', UNKNOWN_INO, 4, 0],
        ['bare', 3n, 10, 0],
        ['file', 12n, 8, 2],
        ['directory', 3n, 4, 3],
      ],
      'd_ino is st_ino, which is the nodeid where the filesystem tells none',
    )
    const [, , , file, directory] = direntsplus
    t.match(file?.entry, { attributes: { ino: 12n, size: 5n, mode: FILE.mode } })
    t.same([file?.entry.entryValid, file?.entry.attrValid], [1_500_000_000n, 250_000_000n])
    t.same([directory?.entry.entryValid, directory?.entry.attrValid], [0n, 500_000_000n])
    t.equal(directory?.entry.attributes.ino, 3n)
    t.same(
      [2, 3].map((node) => session.nodes.lookupCount(node)),
      [1, 1],
    )
    t.equal(session.nodes.path(3)?.toString(), 'directory')
    t.equal(Buffer.from(session.nodes.identity(2) ?? []).toString(), 'F')
    await session.forget(2, 1)
    await session.forget(3, 1)
    t.equal(session.nodes.size, 1)
  })

  t.test(
    `with ${kind}, a snapshot's later replies tell names only, by the same cookies`,
    async (t) => {
      let calls = 0
      const names = Array.from({ length: 10 }, (_, index) => `n${index}`)
      const session = serve(
        t,
        handlers(() => {
          calls += 1
          return names.map((name) => ({ name, attributes: FILE }))
        }),
      )
      const fh = await openRoot(session)
      const { request } = session
      const first = await session.send(request.readdirplus(1, fh, 0, 160 * 5))
      t.same(
        first.direntsplus.map(({ name }) => `${name}`),
        ['.', '..', 'n0', 'n1', 'n2'],
      )
      t.same(
        first.direntsplus.map(({ entry }) => entry.nodeid),
        [0, 0, 2, 3, 4],
      )
      const cookie = first.direntsplus.at(-1)?.cookie ?? 0n
      const second = await session.send(request.readdirplus(1, fh, cookie, 160 * 4))
      t.same(
        second.direntsplus.map(({ name }) => `${name}`),
        ['n3', 'n4', 'n5', 'n6'],
      )
      t.same(
        second.direntsplus.map(({ entry }) => entry.nodeid),
        [0, 0, 0, 0],
      )
      t.equal(second.direntsplus[0]?.type, 8)
      const last = second.direntsplus.at(-1)?.cookie ?? 0n
      t.equal((await session.send(request.readdirplus(1, fh, 64 + 32 * 10, 4096))).body.length, 0)
      t.equal((await session.send(request.readdirplus(1, fh, 2n ** 60n, 4096))).body.length, 0)
      t.equal(calls, 1)
      t.equal(session.nodes.size, 4)
      t.equal(last, 64n + 32n * 7n, 'as READDIR has them')
    },
  )

  t.test(`with ${kind}, all counts of a reply that fails are taken back`, async (t) => {
    let bad: object = {}
    const session = serve(
      t,
      handlers(() => [
        { name: 'a', attributes: FILE },
        { name: 'a', attributes: FILE },
        { name: 'b', attributes: FILE, ...bad } as never,
      ]),
    )
    const fh = await openRoot(session)
    for (const junk of [
      { attributes: {} },
      { attributes: 5 },
      { attributes: { mode: 0o100644, size: -1 } },
      { identity: 'text' },
      { entryTimeoutMs: Number.NaN },
    ]) {
      bad = junk
      const reply = await session.send(session.request.readdirplus(1, fh, 0, 4096))
      refusedAsJunk(t, session, reply, 'READDIRPLUS', JSON.stringify(junk))
      t.equal(session.nodes.size, 1)
    }
  })

  t.test(`with ${kind}, all counts of a reply that nobody takes are taken back`, async (t) => {
    const { opened, open } = gate()
    const session = serve(
      t,
      handlers(
        async () => {
          await opened
          return ['a', 'b'].map((name) => ({ name, attributes: FILE }))
        },
        { getattr: () => DIRECTORY },
      ),
    )
    const fh = await openRoot(session)
    await session.send(session.request.lookup(1, 'a'))
    const sent = session.requestSend(session.request.readdirplus(1, fh, 0, 4096))
    await turns()
    session.kernel.connection.drop(sent.token)
    open()
    await turns()
    t.equal((await sent.reply).code, 'ECONNABORTED')
    t.equal(session.nodes.lookupCount(2), 1, 'that of the LOOKUP stays')
    t.equal(session.nodes.size, 2)
    t.equal((await session.send(session.request.getattr(1))).error, 0)
    t.equal(session.nodes.lookupCount(2), 1, 'the slot’s next request takes nothing')
  })
}

t.test('a directory that is found below itself is told by its name only', async (t) => {
  const identity = Buffer.from('D')
  const session = serve(t, {
    lookup: () => ({ identity, attributes: DIRECTORY }),
    readdirplus: () => [{ name: 'loop', identity, attributes: DIRECTORY }],
  })
  const { request } = session
  const { nodeid } = (await session.send(request.lookup(1, 'd'))).entry
  const { fh } = (await session.send(request.opendir(nodeid))).opened
  const { direntsplus } = await session.send(request.readdirplus(nodeid, fh, 0, 4096))
  t.same(direntsplus.map(({ name, entry }) => [`${name}`, entry.nodeid]).at(-1), ['loop', 0])
  t.equal(session.nodes.lookupCount(nodeid), 1)
})

t.test('attributes of readdir are for numbers and types: READDIR takes no reference', async (t) => {
  const listing = () => [{ name: 'a', attributes: { ...FILE, ino: 5 } }]
  const session = serve(t, { readdir: listing, readdirplus: listing })
  const fh = await openRoot(session)
  await session.send(session.request.readdir(1, fh, 0, 4096))
  t.equal(session.nodes.size, 1)
  const alone = serve(t, { readdir: listing })
  t.equal((await alone.send(alone.request.readdirplus(1, fh, 0, 4096))).code, 'ENOSYS')
})

t.test('a name that does not fit as a whole reply is EINVAL, not the end', async (t) => {
  const name = 'x'.repeat(4000)
  const session = serve(t, { readdirplus: () => [{ name, cookie: 1 }] })
  const fh = await openRoot(session)
  const { request } = session
  t.equal((await session.send(request.readdirplus(1, fh, 2, 4096))).code, 'EINVAL')
  t.equal((await session.send(request.readdirplus(1, fh, 2, 5000))).direntsplus.length, 1)
})
