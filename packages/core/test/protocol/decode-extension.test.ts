import { decodeExtensions, Opcode, ProtocolError } from '@fuseloop/core/protocol'
import * as fc from 'fast-check'
import t from 'tap'
import { hex, range, readerOf, refuses, request } from './wire-memory.js'

const NAME = '6e657700'
const NO_LABEL = '08000000 00000000'
const GROUP = '10000000 20000000 01000000 e8030000'
// security.selinux and 5 bytes, padded from 38 to 40.
const LABEL = `28000000 01000000 05000000 00000000 ${Buffer.from('security.selinux\0').toString('hex')} 756e636f6e 0000`
const UNKNOWN = '10000000 40000000 ffffffff ffffffff'

/** A MKDIR with the block behind its name; `units` goes to the header as total_extlen. */
function extended(block: string, units = hex(block).byteLength / 8): Uint8Array {
  const message = request(Opcode.MKDIR, hex(`ed010000 12000000 ${NAME} ${block}`))
  message[36] = units & 0xff
  message[37] = units >>> 8
  return message
}

t.test('without a block there is nothing', async (t) => {
  t.same(decodeExtensions(readerOf(extended(''))), { labels: [], group: undefined })
})

t.test('a kernel with groups and without labels sends this', async (t) => {
  const { labels, group } = decodeExtensions(readerOf(extended(`${NO_LABEL} ${GROUP}`)))
  t.same(labels, [])
  t.equal(group, 1000)
})

t.test('a label is a name and bytes, wherever the block stands', async (t) => {
  const reader = readerOf(extended(`${LABEL} ${GROUP}`))
  const { labels, group } = decodeExtensions(reader)
  t.equal(labels.length, 1)
  const [label] = labels
  t.equal(range(reader, label?.nameStart ?? 0, label?.nameEnd ?? 0), 'security.selinux')
  t.equal(range(reader, label?.dataStart ?? 0, label?.dataEnd ?? 0), 'uncon')
  t.equal(group, 1000)
})

t.test('several labels follow each other; one may be empty', async (t) => {
  const two = `20000000 02000000 02000000 00000000 6100 6262 00000000 00000000 63 00 0000`
  const reader = readerOf(extended(two))
  t.same(
    decodeExtensions(reader).labels.map(({ nameStart, nameEnd, dataStart, dataEnd }) => [
      range(reader, nameStart, nameEnd),
      range(reader, dataStart, dataEnd),
    ]),
    [
      ['a', 'bb'],
      ['c', ''],
    ],
  )
})

t.test('what is unknown is passed over, and no group is none', async (t) => {
  const empty = '10000000 20000000 00000000 00000000'
  t.equal(decodeExtensions(readerOf(extended(`${UNKNOWN} ${GROUP} ${UNKNOWN}`))).group, 1000)
  t.equal(decodeExtensions(readerOf(extended(`${UNKNOWN} ${empty}`))).group, undefined)
})

t.test('a length that does not fit is refused', async (t) => {
  const blocks = {
    'a block longer than the message': [GROUP, 100],
    'a block into the header': [GROUP, 0xffff],
    'a record of 0': ['00000000 20000000', 1],
    'a record of 4': ['04000000 20000000', 1],
    'a record not of whole words': ['0c000000 20000000 01000000 e8030000', 2],
    'a record beyond the block': ['18000000 20000000 01000000 e8030000', 2],
    'a record of 2^32-8': ['f8ffffff 20000000 01000000 e8030000', 2],
    'groups without a count': ['08000000 20000000', 1],
    'more groups than there are': ['10000000 20000000 02000000 e8030000', 2],
    '2^32-1 groups': ['10000000 20000000 ffffffff e8030000', 2],
    'a label without its struct': ['08000000 01000000', 1],
    'a name without an end': ['18000000 01000000 00000000 00000000 6161616161616161', 3],
    'a label without a name': ['18000000 01000000 07000000 00000000 0062626262626262', 3],
    'a label longer than its record': ['18000000 01000000 07000000 00000000 6100626262626262', 3],
    'a label of 2^32-1': ['18000000 01000000 ffffffff 00000000 6100626262626262', 3],
    'fewer labels than are counted': ['18000000 02000000 06000000 00000000 6100626262626262', 3],
  } as const
  for (const [what, [block, units]] of Object.entries(blocks)) {
    const message = extended(block, units)
    refuses(t, 'ERR_FUSE_BAD_LENGTH', () => decodeExtensions(readerOf(message)), what)
  }
})

t.test('a block cut at any place gives what is in it, or is refused', async (t) => {
  const whole = extended(`${LABEL} ${UNKNOWN} ${GROUP}`)
  for (let length = 40; length < whole.byteLength; length++) {
    for (let units = 0; units * 8 <= length - 40; units++) {
      const message = Buffer.from(whole.subarray(0, length))
      message.writeUInt16LE(units, 36)
      const reader = readerOf(message)
      try {
        const { labels } = decodeExtensions(reader)
        for (const { nameStart, nameEnd, dataStart, dataEnd } of labels) {
          const inside =
            reader.end - units * 8 <= nameStart &&
            nameStart <= nameEnd &&
            nameEnd < dataStart &&
            dataStart <= dataEnd &&
            dataEnd <= reader.end
          if (!inside) t.fail(`${length} bytes, ${units} units: a label outside`)
        }
      } catch (error) {
        if (!ProtocolError.is(error)) throw error
        t.equal(error.code, 'ERR_FUSE_BAD_LENGTH')
      }
    }
  }
})

t.test('any bytes give what lies within them, or are refused', async () => {
  const words = fc.oneof(fc.constantFrom(0, 1, 2, 8, 16, 24, 31, 32, 0xffffffff), fc.nat(64))
  const block = fc.array(words, { maxLength: 24 })
  await fc.assert(
    fc.property(block, fc.integer({ min: 0, max: 14 }), (numbers, units) => {
      const bytes = Buffer.alloc(numbers.length * 4)
      for (const [index, number] of numbers.entries()) bytes.writeUInt32LE(number, index * 4)
      const reader = readerOf(extended(bytes.toString('hex'), units))
      try {
        const { labels, group } = decodeExtensions(reader)
        return (
          labels.every(
            ({ nameStart, dataEnd }) => nameStart >= reader.start && dataEnd <= reader.end,
          ) &&
          (group === undefined || group >= 0)
        )
      } catch (error) {
        return ProtocolError.is(error) && error.code === 'ERR_FUSE_BAD_LENGTH'
      }
    }),
    { seed: 41, numRuns: 3000 },
  )
})
