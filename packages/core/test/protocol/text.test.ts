import { decodeText, encodeText } from '@fuseloop/core/protocol'
import * as fc from 'fast-check'
import t, { type Test } from 'tap'
import { hex, refuses } from './wire-memory.js'

/** The three kinds of memory a name may lie in. */
function memories(bytes: Uint8Array): [string, Uint8Array][] {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return [
    ['Buffer', Buffer.from(bytes)],
    ['Uint8Array', bytes],
    ['shared Uint8Array', shared],
    ['shared Buffer', Buffer.from(shared.buffer)],
  ]
}

function decodesTo(test: Test, bytes: Uint8Array, text: string, message: string): void {
  for (const [kind, memory] of memories(bytes)) {
    test.equal(decodeText(memory, 0, memory.length), text, `${message} in a ${kind}`)
  }
  test.same(
    Buffer.from(encodeText(text)).toString('hex'),
    Buffer.from(bytes).toString('hex'),
    message,
  )
}

t.test('valid UTF-8 is itself', async (t) => {
  for (const text of [
    '',
    'a',
    'readme.txt',
    'h\u00e9',
    '\u20ac',
    '\u{1f600}',
    '\uffff',
    '\ufeffbom',
  ]) {
    decodesTo(t, Buffer.from(text), text, JSON.stringify(text))
  }
  decodesTo(t, hex('efbfbd'), '\ufffd', 'a replacement character that is really there')
})

t.test('a range of the memory is decoded, no more', async (t) => {
  for (const [kind, memory] of memories(Buffer.from('xx\u00e9name\u00e9xx'))) {
    t.equal(decodeText(memory, 4, 8), 'name', kind)
    t.equal(decodeText(memory, 2, 10), '\u00e9name\u00e9', kind)
    t.equal(decodeText(memory, 3, 9), '\udca9name\udcc3', `${kind}, cut characters`)
  }
})

t.test('each byte that is not UTF-8 is a surrogate of its own', async (t) => {
  for (let byte = 0x80; byte <= 0xff; byte++) {
    const escaped = String.fromCharCode(0xdc00 + byte)
    decodesTo(t, Uint8Array.of(0x61, byte, 0x62), `a${escaped}b`, `byte ${byte.toString(16)}`)
  }
})

t.test('truncated, overlong and surrogate sequences are bytes', async (t) => {
  decodesTo(t, hex('e282'), '\udce2\udc82', 'truncated at the end')
  decodesTo(t, hex('e28241'), '\udce2\udc82A', 'truncated before a letter')
  decodesTo(t, hex('f09f98'), '\udcf0\udc9f\udc98', 'three of four')
  decodesTo(t, hex('c080'), '\udcc0\udc80', 'overlong NUL')
  decodesTo(t, hex('c1bf'), '\udcc1\udcbf', 'overlong, 2 bytes')
  decodesTo(t, hex('e09fbf'), '\udce0\udc9f\udcbf', 'overlong, 3 bytes')
  decodesTo(t, hex('f08fbfbf'), '\udcf0\udc8f\udcbf\udcbf', 'overlong, 4 bytes')
  decodesTo(t, hex('eda080'), '\udced\udca0\udc80', 'U+D800')
  decodesTo(t, hex('edb280'), '\udced\udcb2\udc80', 'U+DC80, the escape of 80')
  decodesTo(t, hex('eda0bdedb880'), '\udced\udca0\udcbd\udced\udcb8\udc80', 'a surrogate pair')
  decodesTo(t, hex('f4908080'), '\udcf4\udc90\udc80\udc80', 'above U+10FFFF')
  decodesTo(t, hex('f5808080'), '\udcf5\udc80\udc80\udc80', 'no lead byte')
  decodesTo(t, hex('efbfbdff'), '\ufffd\udcff', 'a real replacement character beside a bad byte')
  decodesTo(t, hex('f09f9880ff80'), '\u{1f600}\udcff\udc80', 'a pair followed by escapes')
})

t.test('the boundaries of valid sequences', async (t) => {
  const points = [0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff]
  for (const point of points) {
    const text = String.fromCodePoint(point)
    decodesTo(t, Buffer.from(text), text, point.toString(16))
    // The slow path, beside a byte that has to be escaped.
    decodesTo(t, Buffer.concat([Buffer.from(text), hex('ff')]), `${text}\udcff`, 'escaped')
  }
})

t.test('any bytes without NUL survive the round trip', async () => {
  const plain = fc.uint8Array({ maxLength: 40 })
  // Bytes that almost make sequences meet often only if chosen from few.
  const lead = fc.constantFrom(
    0x41,
    0x80,
    0x9f,
    0xa0,
    0xb2,
    0xbf,
    0xc2,
    0xe0,
    0xe2,
    0xed,
    0xf0,
    0xf4,
  )
  const nasty = fc.array(lead, { maxLength: 12 }).map((bytes) => Uint8Array.from(bytes))
  await fc.assert(
    fc.property(fc.oneof(plain, nasty), (bytes) => {
      const name = bytes.filter((byte) => byte !== 0)
      const texts = memories(name).map(([, memory]) => decodeText(memory, 0, name.length))
      return (
        texts.every((text) => text === texts[0]) &&
        Buffer.from(encodeText(texts[0] ?? '')).equals(name)
      )
    }),
    { seed: 33, numRuns: 5000 },
  )
})

t.test('any well-formed string survives the round trip', async () => {
  await fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const name = text.replaceAll('\0', '')
      const bytes = encodeText(name)
      return Buffer.from(name).equals(bytes) && decodeText(bytes, 0, bytes.length) === name
    }),
    { seed: 34 },
  )
})

t.test('what is no name is refused', async (t) => {
  for (const text of ['\0', 'a\0b', '\u00e9\0', '\udcff\0']) {
    refuses(t, 'ERR_FUSE_BAD_TEXT', () => encodeText(text), JSON.stringify(text))
  }
  for (const text of [
    '\ud800',
    'a\udbffb',
    '\udc00',
    '\udc7f',
    '\udd00',
    '\udfff',
    '\udcff\ud83d',
  ]) {
    refuses(t, 'ERR_FUSE_BAD_TEXT', () => encodeText(text), JSON.stringify(text))
  }
})
