import t from 'tap'
import { wordOf } from '../../dist/base/ids.js'

t.test('a word is put together of its halves, bit 63 included', async (t) => {
  t.equal(wordOf<'fh'>(0x89ab_cdef, 0x8000_0001), 0x8000_0001_89ab_cdefn)
  t.equal(wordOf<'kh'>(0xffff_ffff, 0), 0xffff_ffffn)
  t.equal(wordOf<'unique'>(0, 0), 0n)
})
