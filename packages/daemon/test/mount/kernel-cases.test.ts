// The virtual kernel held against the one of this machine: the same cases on both, with the same outcome.

import t from 'tap'
import { KERNEL_CASES } from '../kernel/cases/index.js'
import { observe } from '../kernel/kernel-case.js'
import { observeRealKernel } from '../kernel/real-run.js'
import { VirtualKernel } from '../kernel/virtual-kernel.js'
import { whyNoMounts } from '../support/mount-environment.js'

const REAL_DEADLINE_MS = 900_000

t.setTimeout(REAL_DEADLINE_MS + 60_000)

void t.test('the virtual kernel does what the cases say', async (t) => {
  for (const kernelCase of KERNEL_CASES)
    t.same(await observe(new VirtualKernel(), kernelCase), kernelCase.expected, kernelCase.name)
})

void t.test('the real kernel does what the cases say', { skip: whyNoMounts() }, async (t) => {
  const observations = await observeRealKernel(REAL_DEADLINE_MS)
  for (const { name, expected } of KERNEL_CASES) t.same(observations.get(name), expected, name)
})
