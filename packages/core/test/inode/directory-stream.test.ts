import { mkdtempSync, opendirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collectListing, type DirentLike, textCodec } from '@fuseloop/core/inode'
import { direntLength, FuseDirent } from '@fuseloop/core/protocol'
import t from 'tap'

const TEXT = textCodec('utf8')
const UNKNOWN = 0xffffffffn

interface Record {
  readonly name: string
  readonly ino: bigint
  readonly type: number
}

/** Reads records back, and checks that each cookie is the offset of the next record. */
function parse(bytes: Uint8Array): Record[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: Record[] = []
  let offset = 0
  while (offset < bytes.byteLength) {
    const length = view.getUint32(offset + FuseDirent.namelen, true)
    const start = offset + FuseDirent.name
    const next = offset + direntLength(length)
    if (view.getBigUint64(offset + FuseDirent.off, true) !== BigInt(next)) {
      throw new Error(`the cookie at ${offset} does not lead on`)
    }
    records.push({
      name: Buffer.from(bytes.subarray(start, start + length)).toString('latin1'),
      ino: view.getBigUint64(offset + FuseDirent.ino, true),
      type: view.getUint32(offset + FuseDirent.type, true),
    })
    offset = next
  }
  return records
}

const REQUEST = { text: TEXT, offset: 0, room: 4096, plus: false }

/** The records behind '.' and '..'. */
async function listed(listing: unknown): Promise<Record[]> {
  const { records } = await collectListing(listing, REQUEST)
  return parse(records as Uint8Array).slice(2)
}

function dirent(name: string, kind: keyof DirentLike): DirentLike {
  const kinds = [
    'File',
    'Directory',
    'SymbolicLink',
    'FIFO',
    'Socket',
    'CharacterDevice',
    'BlockDevice',
  ]
  const methods = kinds.map((other) => [`is${other}`, () => `is${other}` === kind])
  return { name, ...Object.fromEntries(methods) } as DirentLike
}

t.test("'.' and '..' come first, as directories, in an empty listing too", async (t) => {
  const collected = collectListing([], REQUEST)
  t.notOk(collected instanceof Promise, 'without a promise')
  t.same(parse((await collected).records as Uint8Array), [
    { name: '.', ino: UNKNOWN, type: 4 },
    { name: '..', ino: UNKNOWN, type: 4 },
  ])
})

t.test("'.' and '..' of the handler are not listed twice, in any form", async (t) => {
  const attributes = { mode: 0o40755, ino: 9 } as never
  const names = ['.', 'a', '..', Buffer.from('.'), { name: '..', attributes }, '...', '.b', '..c']
  t.same(
    (await listed(names)).map(({ name }) => name),
    ['a', '...', '.b', '..c'],
  )
})

t.test('a bare name has an unknown number and type, never number 0', async (t) => {
  t.same(await listed(['a', 'h\u00e9', Buffer.from([0xff])]), [
    { name: 'a', ino: UNKNOWN, type: 0 },
    { name: 'h\u00c3\u00a9', ino: UNKNOWN, type: 0 },
    { name: '\u00ff', ino: UNKNOWN, type: 0 },
  ])
})

t.test('an entry with attributes has their number and type', async (t) => {
  const entry = (name: string, mode: number, ino?: number | bigint) => ({
    name,
    attributes: { mode, ...(ino !== undefined && { ino }) },
  })
  t.same(
    await listed([
      entry('file', 0o100644, 5),
      entry('directory', 0o40755, 2n ** 63n),
      entry('link', 0o120777, 0),
      entry('fifo', 0o10644),
      { name: 'bare' },
    ]),
    [
      { name: 'file', ino: 5n, type: 8 },
      { name: 'directory', ino: 2n ** 63n, type: 4 },
      { name: 'link', ino: UNKNOWN, type: 10 },
      { name: 'fifo', ino: UNKNOWN, type: 1 },
      { name: 'bare', ino: UNKNOWN, type: 0 },
    ],
  )
})

t.test('an entry like node’s Dirent has its type', async (t) => {
  const types = [
    ['isFile', 8],
    ['isDirectory', 4],
    ['isSymbolicLink', 10],
    ['isFIFO', 1],
    ['isCharacterDevice', 2],
    ['isBlockDevice', 6],
    ['isSocket', 12],
    ['name', 0],
  ] as const
  for (const [kind, type] of types) {
    t.same(await listed([dirent('x', kind)]), [{ name: 'x', ino: UNKNOWN, type }], kind)
  }
})

t.test('what node:fs gives can be returned as it is', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fuseloop-listing-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'file'), '')
  symlinkSync('file', join(folder, 'link'))
  const expected = [
    { name: 'file', ino: UNKNOWN, type: 8 },
    { name: 'link', ino: UNKNOWN, type: 10 },
  ]
  const byName = (records: Record[]) => records.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  t.same(byName(await listed(readdirSync(folder, { withFileTypes: true }))), expected, 'readdir')
  t.same(byName(await listed(opendirSync(folder))), expected, 'opendir, an async iterable')
})

t.test('iterables of all kinds are taken', async (t) => {
  const names = ['a', 'b']
  function* generator() {
    yield* names
  }
  async function* asyncGenerator() {
    yield* names
  }
  for (const listing of [names, new Set(names), generator(), asyncGenerator()]) {
    t.same(
      (await listed(listing)).map(({ name }) => name),
      names,
    )
  }
})

t.test('an error of the iterable is the listing’s', async (t) => {
  const error = Object.assign(new Error('gone'), { code: 'ESTALE' })
  function* generator() {
    yield 'a'
    throw error
  }
  async function* asyncGenerator() {
    yield 'a'
    throw error
  }
  t.throws(() => collectListing(generator(), REQUEST), error)
  await t.rejects(Promise.resolve(collectListing(asyncGenerator(), REQUEST)), error)
})

t.test('an iterable is closed when a name is bad', async (t) => {
  let closed = 0
  function* generator() {
    try {
      yield ''
    } finally {
      closed++
    }
  }
  async function* asyncGenerator() {
    yield* generator()
  }
  t.throws(() => collectListing(generator(), REQUEST), { code: 'ERR_FUSE_BAD_RESULT' })
  await t.rejects(Promise.resolve(collectListing(asyncGenerator(), REQUEST)))
  t.equal(closed, 2)
})

t.test('a name that would fail the whole READDIR is refused', async (t) => {
  for (const name of ['', '/', 'a/b', Buffer.from('a\0b'), Buffer.alloc(0)]) {
    t.throws(
      () => collectListing([name], REQUEST),
      { code: 'ERR_FUSE_BAD_RESULT' },
      JSON.stringify(name),
    )
  }
  t.throws(() => collectListing(['a\0b'], REQUEST), { code: 'ERR_FUSE_BAD_TEXT' })
  t.throws(() => collectListing(['x'.repeat(4096)], REQUEST), { code: 'ERR_FUSE_BAD_NAME' })
})

t.test('an entry without a name is refused', async (t) => {
  for (const entry of [null, undefined, 5, {}, { name: 5 }, ['a']]) {
    t.throws(() => collectListing([entry], REQUEST), { code: 'ERR_FUSE_BAD_RESULT' })
  }
})

t.test('what is no iterable is refused, and its type named', async (t) => {
  for (const listing of [undefined, null, 5, 'names', {}]) {
    t.throws(() => collectListing(listing, REQUEST), {
      code: 'ERR_FUSE_BAD_RESULT',
      message: `readdir must return an iterable, not ${typeof listing}`,
    })
  }
})

t.test('a listing may be far larger than its first buffer', async (t) => {
  const names = Array.from({ length: 5000 }, (_, index) =>
    `${index}`.padStart(1 + (index % 255), 'x'),
  )
  t.same(
    (await listed(names)).map(({ name }) => name),
    names,
  )
  const long = 'y'.repeat(4095)
  t.same((await listed([long])).at(0)?.name, long, 'one name larger than the buffer')
})
