// All cases, by theme.

import type { KernelCase } from '../kernel-case.js'
import { ENDS } from './ends.js'
import { INIT } from './init.js'
import { INTERRUPTS } from './interrupts.js'
import { NOTIFICATIONS } from './notifications.js'
import { READING } from './reading.js'
import { REPLY_CONTENTS } from './reply-contents.js'
import { REPLY_SIZES } from './reply-sizes.js'
import { WRITING } from './writing.js'

export const KERNEL_CASES: readonly KernelCase[] = [
  ...INIT,
  ...READING,
  ...WRITING,
  ...REPLY_SIZES,
  ...REPLY_CONTENTS,
  ...INTERRUPTS,
  ...NOTIFICATIONS,
  ...ENDS,
]
