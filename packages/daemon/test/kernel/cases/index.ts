// All cases, by theme.

import type { KernelCase } from '../kernel-case.js'
import { INIT } from './init.js'
import { READING } from './reading.js'
import { WRITING } from './writing.js'

export const KERNEL_CASES: readonly KernelCase[] = [...INIT, ...READING, ...WRITING]
