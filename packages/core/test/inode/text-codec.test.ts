import { textCodec } from '@fuseloop/core/inode'
import t from 'tap'

const utf8 = textCodec('utf8')
const buffer = textCodec('buffer')

function shared(...bytes: number[]): Uint8Array {
  const memory = new Uint8Array(new SharedArrayBuffer(bytes.length))
  memory.set(bytes)
  return memory
}

t.test('utf8: a range of bytes is a string, invalid bytes are lone surrogates', async (t) => {
  t.equal(utf8.decode(Buffer.from('xxnamexx'), 2, 6), 'name')
  t.equal(utf8.decode(shared(0x61, 0xff), 0, 2), 'a\udcff')
})

t.test('utf8: what was decoded is encoded to the same bytes', async (t) => {
  for (const text of ['name', 'h\u00e9', 'a\udcff', '']) {
    const bytes = utf8.encode(text)
    t.equal(utf8.decode(bytes, 0, bytes.byteLength), text)
  }
})

t.test('buffer: a range of bytes is a Buffer of its own', async (t) => {
  for (const memory of [shared(1, 2, 3, 4), Buffer.from([1, 2, 3, 4]), Uint8Array.of(1, 2, 3, 4)]) {
    const name = buffer.decode(memory, 1, 3)
    t.ok(Buffer.isBuffer(name))
    memory.fill(0)
    t.same([...(name as Buffer)], [2, 3])
  }
})

t.test('strings and Buffers are encoded under both encodings', async (t) => {
  for (const codec of [utf8, buffer]) {
    t.same([...codec.encode('a\u00e9')], [0x61, 0xc3, 0xa9])
    t.same([...codec.encode(Buffer.from([0xff]))], [0xff])
  }
})

t.test('what is neither is refused, and its type named', async (t) => {
  for (const value of [undefined, null, 5, {}, ['a'], Uint8Array.of(1)]) {
    t.throws(() => utf8.encode(value), {
      code: 'ERR_FUSE_BAD_RESULT',
      message: `a name must be a string, not ${typeof value}`,
    })
  }
})

t.test('a string with NUL is no name', async (t) => {
  t.throws(() => utf8.encode('a\0'), { code: 'ERR_FUSE_BAD_TEXT' })
})
