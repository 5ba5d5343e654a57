// What POLL handlers get to wake those who wait. The kernel has one kh for each open file, so while a filesystem
// keeps the handle of a file, further requests bring the same object. Rule: nothing of it is kept for others.

import { type High32, type KernelHandle, type Low32, wordOf } from '../base/ids.js'
import type { PollHandle } from '../session/index.js'

export class PollHandles {
  readonly #wake: (handle: PollHandle) => void
  readonly #known = new Map<KernelHandle, WeakRef<WakeHandle>>()
  readonly #dropped = new FinalizationRegistry<KernelHandle>((kh) => {
    if (this.#known.get(kh)?.deref() === undefined) this.#known.delete(kh)
  })

  constructor(wake: (handle: PollHandle) => void) {
    this.#wake = wake
  }

  get(khLow: Low32<'kh'>, khHigh: High32<'kh'>): PollHandle {
    const kh = wordOf(khLow, khHigh)
    const known = this.#known.get(kh)?.deref()
    if (known !== undefined) return known
    const handle = new WakeHandle(kh, (own) => {
      this.#known.delete(kh)
      this.#wake(own)
    })
    this.#known.set(kh, new WeakRef(handle))
    this.#dropped.register(handle, kh)
    return handle
  }
}

class WakeHandle implements PollHandle {
  readonly kh: KernelHandle
  #wake: ((own: WakeHandle) => void) | undefined

  constructor(kh: KernelHandle, wake: (own: WakeHandle) => void) {
    this.kh = kh
    this.#wake = wake
  }

  notify(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.(this)
  }
}
