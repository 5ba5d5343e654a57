// What the in-process endpoint is measured with: GETATTR of the root by an inode handler that computes, or blocks its thread.

import { defineInodeFilesystem } from '@fuseloop/core'

export default defineInodeFilesystem({
  options: {
    computeUs: { type: 'number', default: 0 },
    block: { type: 'duration', default: '0' },
  },
  create({ options }) {
    const never = new Int32Array(new SharedArrayBuffer(4))
    const root = { mode: 0o40755 }
    return {
      getattr() {
        if (options.block > 0) Atomics.wait(never, 0, 0, options.block)
        if (options.computeUs > 0) compute(options.computeUs)
        return root
      },
    }
  },
})

function compute(microseconds: number): void {
  const end = performance.now() + microseconds / 1000
  while (performance.now() < end);
}
