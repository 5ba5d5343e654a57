import type { Listing, Text } from '@fuseloop/core/inode'
import type { MemorySession } from '@fuseloop/core/testing'
import t from 'tap'
import { FILE, type Handlers, refusedAsJunk, serve } from './served.js'

const TOP = 2n ** 62n

interface Seen {
  readonly offsets: (number | bigint)[]
  taken: number
  closed: number
}

/** A directory of `count` entries whose cookies are `base` and more; notes what is asked of it. */
function endless(count: number, base: number | bigint, seen: Seen, extra: object = {}): Handlers {
  function* from(offset: number | bigint): Generator<never> {
    const first = offset === 0 ? 0 : Number(BigInt(offset) - BigInt(base))
    try {
      for (let index = first; index < count; index++) {
        seen.taken += 1
        const next = typeof base === 'bigint' ? base + BigInt(index + 1) : base + index + 1
        yield { name: `n${index}`, cookie: next, ...extra } as never
      }
    } finally {
      seen.closed += 1
    }
  }
  const list = (_directory: unknown, offset: number | bigint): Listing<Text> => {
    seen.offsets.push(offset)
    return from(offset)
  }
  return { readdir: list, readdirplus: list }
}

async function openRoot(session: MemorySession): Promise<bigint> {
  return (await session.send(session.request.opendir(1))).opened.fh
}

async function readAll(
  session: MemorySession,
  how: 'readdir' | 'readdirplus',
  fh: bigint,
  size: number,
  cookie: number | bigint = 0,
): Promise<string[]> {
  const names: string[] = []
  for (let next = cookie; ; ) {
    const reply = await session.send(session.request[how](1, fh, next, size))
    const records = how === 'readdir' ? reply.records : reply.direntsplus
    const last = records.at(-1)
    if (last === undefined) return names
    names.push(...records.map(({ name }) => name.toString()))
    next = last.cookie
  }
}

const expected = (count: number): string[] => [
  '.',
  '..',
  ...Array.from({ length: count }, (_, index) => `n${index}`),
]

for (const base of [0, 1_000_000, TOP] as const) {
  for (const how of ['readdir', 'readdirplus'] as const) {
    t.test(`${how} is asked for more as the client reads, from cookie ${base}`, async (t) => {
      const seen: Seen = { offsets: [], taken: 0, closed: 0 }
      const session = serve(t, endless(1000, base, seen))
      const fh = await openRoot(session)
      const size = 4096
      t.same(await readAll(session, how, fh, size), expected(1000))
      const [first, ...others] = seen.offsets
      t.equal(first, 0)
      for (const offset of others) t.ok(offset > base, `${offset}`)
      t.ok(seen.taken < 1000 + seen.offsets.length + 1, 'one too many each time at most')
      t.equal(seen.closed, seen.offsets.length, 'every iterator is closed')
      t.same(
        await readAll(session, how, fh, size, BigInt(base) + 997n),
        ['n997', 'n998', 'n999'],
        'from anywhere',
      )
    })
  }
}

t.test('dots that the handler does not list have cookies of their own', async (t) => {
  const seen: Seen = { offsets: [], taken: 0, closed: 0 }
  const session = serve(t, endless(2, 0, seen))
  const fh = await openRoot(session)
  t.same(await readAll(session, 'readdir', fh, 32), expected(2), 'one record at a time')
  t.same(seen.offsets, [0, 0, 0, 1, 2])
})

t.test('dots that the handler lists first are its own', async (t) => {
  const all = [
    { name: '.', ino: 2, type: 0o40000, cookie: 4 },
    { name: '..', ino: 1, type: 0o40000, attributes: FILE, cookie: 5 },
    { name: 'a', ino: 9, type: 0o100000, cookie: 6 },
  ]
  const list = (_directory: unknown, offset: number | bigint) =>
    all.filter(({ cookie }) => cookie > offset)
  const session = serve(t, { readdir: list, readdirplus: list })
  const fh = await openRoot(session)
  const { records } = await session.send(session.request.readdir(1, fh, 0, 4096))
  t.same(
    records.map(({ name, ino, type, cookie }) => [`${name}`, ino, type, cookie]),
    [
      ['.', 2n, 4, 4n],
      ['..', 1n, 4, 5n],
      ['a', 9n, 8, 6n],
    ],
  )
  t.same(await readAll(session, 'readdirplus', fh, 160), ['.', '..', 'a'])
  t.equal(session.nodes.size, 1, 'dots take no reference')
})

t.test('an asynchronous stream is left where the reply is full', async (t) => {
  let closed = 0
  async function* from(offset: number): AsyncGenerator<{ name: string; cookie: number }> {
    try {
      for (let index = offset; index < 100; index++)
        yield await Promise.resolve({ name: `n${index}`, cookie: index + 1 })
    } finally {
      closed += 1
    }
  }
  const session = serve(t, { readdir: async (_directory, offset) => from(Number(offset)) })
  const fh = await openRoot(session)
  t.same(await readAll(session, 'readdir', fh, 512), expected(100))
  t.ok(closed > 5)
})

t.test(
  'a directory that becomes a stream after rewinddir keeps nothing of its snapshot',
  async (t) => {
    let listing: Listing<Text> = []
    const session = serve(t, { readdir: (_directory, offset) => (offset === 0 ? listing : []) })
    const fh = await openRoot(session)
    t.same(await readAll(session, 'readdir', fh, 4096), ['.', '..'])
    listing = [{ name: 'a', cookie: 40 }]
    t.same(await readAll(session, 'readdir', fh, 4096), ['.', '..', 'a'])
  },
)

t.test('entries of a stream with attributes are counted in every reply', async (t) => {
  const seen: Seen = { offsets: [], taken: 0, closed: 0 }
  const session = serve(t, endless(20, 0, seen, { attributes: FILE }))
  const fh = await openRoot(session)
  t.same(await readAll(session, 'readdirplus', fh, 160 * 4), expected(20))
  t.equal(session.nodes.size, 21)
})

t.test('cookies that cannot be are EIO', async (t) => {
  let listing: unknown[] = []
  const session = serve(t, { readdir: () => listing as never })
  const fh = await openRoot(session)
  const one = (cookie: unknown) => ({ name: 'a', cookie })
  for (const junk of [
    [one(0)],
    [one(-1)],
    [one(0.5)],
    [one(2 ** 53)],
    [one(0n)],
    [one(2n ** 63n)],
    [one(2n ** 63n - 2n)],
    [one(2n ** 63n - 3n)],
    [one('1')],
    [one(null)],
    [one({})],
    [one(1), 'b'],
    ['b', one(1)],
  ]) {
    listing = junk
    const reply = await session.send(session.request.readdir(1, fh, 0, 4096))
    refusedAsJunk(t, session, reply, 'READDIR', String(junk.length))
  }
  listing = [one(2n ** 63n - 1n)]
  t.equal((await session.send(session.request.readdir(1, fh, 0, 4096))).error, 0)
})
