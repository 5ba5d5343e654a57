// One thing that the kernel does, as data: how it comes about, and what was seen.

import { Bench } from './bench.js'
import type { Json, KernelUnderTest } from './kernel-under-test.js'
import type { InitReply } from './wire.js'

/** Where the case begins. */
type Setup =
  /** INIT is answered. */
  | 'serving'
  /** INIT waits. */
  | 'mounted'
  /** The device is open. */
  | 'open'

export interface KernelCase {
  readonly name: string
  /** 'serving' if absent. */
  readonly setup?: Setup
  /** How INIT is answered. */
  readonly init?: InitReply
  readonly mountOptions?: readonly string[]
  /** What the real kernel was seen to do. */
  readonly expected: Json
  readonly run: (bench: Bench) => Json | Promise<Json>
}

/** The observation of one case, or why there is none. */
export async function observe(kernel: KernelUnderTest, kernelCase: KernelCase): Promise<Json> {
  const { setup = 'serving', init = {}, mountOptions = [] } = kernelCase
  try {
    const bench = new Bench(kernel)
    if (setup === 'mounted') bench.mount(mountOptions)
    if (setup === 'serving') await bench.mountAndInit(init, mountOptions)
    return await kernelCase.run(bench)
  } catch (error) {
    return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  } finally {
    await kernel.destroy()
  }
}
