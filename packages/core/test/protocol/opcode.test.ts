import { Opcode, opcodeName } from '@fuseloop/core/protocol'
import t from 'tap'

t.test('numbers 1 to 53 are taken, but for 7 and 19', async (t) => {
  const numbers = Object.values(Opcode).filter((opcode) => opcode !== 4096)
  const expected = Array.from({ length: 53 }, (_, index) => index + 1)
  t.same(
    numbers,
    expected.filter((opcode) => opcode !== 7 && opcode !== 19),
  )
})

t.test('an opcode has its name', async (t) => {
  t.equal(opcodeName(1), 'LOOKUP')
  t.equal(opcodeName(53), 'COPY_FILE_RANGE_64')
  t.equal(opcodeName(4096), 'CUSE_INIT')
  t.equal(opcodeName(7), 'UNKNOWN(7)')
})
