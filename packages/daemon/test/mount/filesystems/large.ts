// One file, /file, of 64 MiB, whose reads and writes are told to the test: how many bytes each asks for, from where. Its
// bytes are those of their own position; what is read is filled in place, or with `own` is a buffer of the handler's.

import { defineFilesystem, FsError } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

const SIZE = 2 ** 26

/** Words of 4 bytes, each its own offset. */
function fill(buffer: Buffer, position: number): number {
  const length = Math.min(buffer.length, Math.max(0, SIZE - position))
  for (let at = -position & 3; at + 4 <= length; at += 4) buffer.writeUInt32LE(position + at, at)
  return length
}

export default defineFilesystem({
  options: { ...EVENTS_OPTION, own: { type: 'boolean', default: false } },
  create({ options }) {
    const record = recorder(options.events)
    return {
      getattr(path) {
        if (path === '/') return { mode: 0o40755, nlink: 2 }
        if (path === '/file') return { mode: 0o100666, size: SIZE }
        throw new FsError('ENOENT')
      },
      readdir: () => ['file'],
      read(_file, buffer, position) {
        record({ event: 'read', position, size: buffer.length })
        if (!options.own) return fill(buffer, position)
        const bytes = Buffer.alloc(buffer.length)
        return bytes.subarray(0, fill(bytes, position))
      },
      write(_file, buffer, position) {
        record({ event: 'write', position, size: buffer.length })
        const expected = Buffer.alloc(buffer.length)
        fill(expected, position)
        if (!buffer.equals(expected)) throw new FsError('EINVAL')
        return buffer.length
      },
    }
  },
})
