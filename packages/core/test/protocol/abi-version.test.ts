import { KERNEL_MAJOR, KERNEL_MINOR_MAX, KERNEL_MINOR_MIN } from '@fuseloop/core/protocol'
import t from 'tap'

t.test('protocols 7.31 to 7.45 are spoken', async (t) => {
  t.same([KERNEL_MAJOR, KERNEL_MINOR_MIN, KERNEL_MINOR_MAX], [7, 31, 45])
})
