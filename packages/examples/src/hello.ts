// The smallest useful filesystem: one file whose text is an option.

import { defineFilesystem, FsError } from '@fuseloop/core'

/** `/hello` holds the option `greeting`. */
export default defineFilesystem({
  options: { greeting: { type: 'string', default: 'hello\n' } },
  create({ options }) {
    const text = Buffer.from(options.greeting)
    return {
      getattr(path) {
        if (path === '/') return { mode: 0o40755, nlink: 2 }
        if (path === '/hello') return { mode: 0o100444, size: text.length }
        throw new FsError('ENOENT')
      },
      readdir: () => ['hello'],
      read: (_file, buffer, position) => text.subarray(position).copy(buffer),
    }
  },
})
