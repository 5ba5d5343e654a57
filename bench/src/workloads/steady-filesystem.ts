// The filesystem under measurement: one file, no page cache, each read blocking its thread for `block` ms.

import { defineFilesystem, FsError } from '@fuseloop/core'

const SIZE = 1 << 30

export default defineFilesystem({
  options: { block: { type: 'duration', default: '0' } },
  create({ options }) {
    const never = new Int32Array(new SharedArrayBuffer(4))
    return {
      getattr(path) {
        if (path === '/') return { mode: 0o40755 }
        if (path === '/file') return { mode: 0o100444, size: SIZE }
        throw new FsError('ENOENT')
      },
      open: () => ({ directIo: true }),
      read(_file, buffer) {
        if (options.block > 0) Atomics.wait(never, 0, 0, options.block)
        return buffer.length
      },
    }
  },
})
