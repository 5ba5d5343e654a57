import { direntLength, encodeDirent, WireWriter } from '@fuseloop/core/protocol'
import { MemoryDirectoryTable, wholeRecords } from '@fuseloop/core/session'
import t from 'tap'

/** Records whose cookies are the offset of the next record. */
function records(...names: string[]): Uint8Array {
  const bytes = new Uint8Array(names.reduce((sum, name) => sum + direntLength(name.length), 0))
  const writer = new WireWriter(new DataView(bytes.buffer), bytes)
  writer.reset(0, bytes.byteLength)
  let offset = 0
  for (const name of names) {
    const next = offset + direntLength(name.length)
    offset += encodeDirent(writer, offset, 1, next, 8, Buffer.from(name))
  }
  return bytes
}

// 32, 32, 40 and 280 bytes.
const LISTING = records('a', '12345678', '123456789', 'x'.repeat(255))

function listed(): { table: MemoryDirectoryTable; id: number } {
  const table = new MemoryDirectoryTable()
  const id = table.open(5)
  table.store(id, LISTING)
  return { table, id }
}

function read(table: MemoryDirectoryTable, id: number, cookie: number, size: number): number {
  return table.read(id, cookie, new Uint8Array(size))
}

t.test('each open directory has an id and a handle of its own', async (t) => {
  const table = new MemoryDirectoryTable()
  const first = table.open(0)
  const second = table.open(2 ** 40)
  t.not(first, second)
  t.equal(table.handle(first), 0)
  t.equal(table.handle(second), 2 ** 40)
  table.close(first)
  t.equal(table.handle(first), undefined)
  t.equal(table.handle(second), 2 ** 40)
  t.not(table.open(1), first, 'an id is not used again')
})

t.test('an unknown directory has no handle and no listing', async (t) => {
  const table = new MemoryDirectoryTable()
  t.equal(table.handle(9), undefined)
  t.equal(read(table, 9, 0, 100), -1)
  t.doesNotThrow(() => table.store(9, LISTING))
  t.doesNotThrow(() => table.close(9))
  t.equal(read(table, 9, 0, 100), -1)
})

t.test('before it is listed a directory says so; no bytes are no listing', async (t) => {
  const table = new MemoryDirectoryTable()
  const id = table.open(1)
  t.equal(read(table, id, 0, 100), -1)
  table.store(id, new Uint8Array(0))
  t.equal(read(table, id, 0, 100), -1)
})

t.test('records are given whole, as many as fit', async (t) => {
  const { table, id } = listed()
  const wanted = [
    [0, 0],
    [31, 0],
    [32, 32],
    [63, 32],
    [64, 64],
    [103, 64],
    [104, 104],
    [383, 104],
    [384, 384],
    [10_000, 384],
  ] as const
  for (const [room, length] of wanted) t.equal(read(table, id, 0, room), length, `room ${room}`)
})

t.test('a listing is continued by the cookie of the last record', async (t) => {
  const { table, id } = listed()
  for (const room of [280, 300, 320, 4096]) {
    const parts: Buffer[] = []
    let cookie = 0
    for (;;) {
      const target = Buffer.alloc(room)
      const length = table.read(id, cookie, target)
      if (length === 0) break
      parts.push(target.subarray(0, length))
      cookie += length
    }
    t.ok(Buffer.concat(parts).equals(LISTING), `room ${room}`)
  }
  t.equal(read(table, id, LISTING.byteLength, 4096), 0, 'the last cookie is the end')
})

t.test('any earlier cookie reads the same again', async (t) => {
  const { table, id } = listed()
  const target = new Uint8Array(40)
  for (let round = 0; round < 2; round++) {
    t.equal(table.read(id, 64, target), 40)
    t.ok(Buffer.from(target).equals(LISTING.subarray(64, 104)))
  }
})

t.test('a cookie behind the end is the end', async (t) => {
  const { table, id } = listed()
  for (const cookie of [385, 2 ** 32, Number.MAX_SAFE_INTEGER])
    t.equal(read(table, id, cookie, 4096), 0)
})

t.test('a wrong cookie never gives more bytes than there are', async (t) => {
  const { table, id } = listed()
  for (let cookie = 0; cookie < LISTING.byteLength; cookie++) {
    const target = Buffer.alloc(4096, 0xee)
    const length = table.read(id, cookie, target)
    const message = `cookie ${cookie}`
    if (length < 0 || cookie + length > LISTING.byteLength) t.fail(message)
    if (!target.subarray(0, length).equals(LISTING.subarray(cookie, cookie + length)))
      t.fail(message)
    if (target.subarray(length).some((byte) => byte !== 0xee)) t.fail(`${message} writes behind`)
  }
})

t.test('the listing is a copy, and a second one replaces it', async (t) => {
  const table = new MemoryDirectoryTable()
  const id = table.open(1)
  const bytes = records('first')
  table.store(id, bytes)
  bytes.fill(0)
  const target = Buffer.alloc(32)
  t.equal(table.read(id, 0, target), 32)
  t.ok(target.equals(records('first')))
  table.store(id, records('other', 'names'))
  t.equal(read(table, id, 0, 100), 64)
})

t.test('a closed directory has no listing', async (t) => {
  const { table, id } = listed()
  table.close(id)
  t.equal(read(table, id, 0, 4096), -1)
})

t.test('whole records are counted in any part of a larger memory', async (t) => {
  const memory = new Uint8Array(LISTING.byteLength + 16)
  memory.set(LISTING, 8)
  const part = memory.subarray(8, 8 + LISTING.byteLength)
  t.equal(wholeRecords(part, 0, 100), 64)
  t.equal(wholeRecords(part, 32, 72), 72)
  t.equal(wholeRecords(part, 104, 279), 0)
  t.equal(wholeRecords(part, 384, 1000), 0)
})

t.test('a cut record or a name length beyond all bounds ends the records', async (t) => {
  t.equal(wholeRecords(LISTING.subarray(0, 100), 0, 4096), 64)
  const broken = Uint8Array.from(LISTING)
  for (const length of [0x7fffffff, 0x80000000, 0xffffffe8, 0xffffffff]) {
    new DataView(broken.buffer).setUint32(32 + 16, length, true)
    t.equal(wholeRecords(broken, 0, 4096), 32, `${length}`)
  }
})
