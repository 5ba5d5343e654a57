// All cases, by theme.

import type { KernelCase } from '../kernel-case.js'
import { CONTENTS } from './contents.js'
import { ENDS } from './ends.js'
import { INIT } from './init.js'
import { INTERRUPTS } from './interrupts.js'
import { NOTIFICATIONS } from './notifications.js'
import { READING } from './reading.js'
import { SIZES } from './sizes.js'
import { WRITING } from './writing.js'

export const KERNEL_CASES: readonly KernelCase[] = [
  ...INIT,
  ...READING,
  ...WRITING,
  ...SIZES,
  ...CONTENTS,
  ...INTERRUPTS,
  ...NOTIFICATIONS,
  ...ENDS,
]
