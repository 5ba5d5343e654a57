// Files of any name that record what closes, writes and attributes come to them. Without `xattrs` there is no `getxattr`.
// The `flush` of /full fails with ENOSPC, and so does the `release` of /late.

import { defineFilesystem, FsError } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

export default defineFilesystem({
  options: {
    ...EVENTS_OPTION,
    xattrs: { type: 'boolean', default: false },
    killpriv: { type: 'boolean', default: false },
  },
  want: ({ killpriv }) => (killpriv ? ['HANDLE_KILLPRIV_V2'] : []),
  create({ options }) {
    const record = recorder(options.events)
    const refuse = (path: string, refused: string): void => {
      if (path === refused) throw new FsError('ENOSPC')
    }
    return {
      getattr: (path) => (path === '/' ? { mode: 0o40755 } : { mode: 0o100666, size: 4096 }),
      setattr: () => undefined,
      open: () => undefined,
      read: (_file, buffer) => buffer.fill('r').byteLength,
      write({ path }, buffer) {
        record({ event: 'write', path })
        return buffer.byteLength
      },
      flush({ path }) {
        record({ event: 'flush', path })
        refuse(path, '/full')
      },
      release({ path }) {
        record({ event: 'release', path })
        refuse(path, '/late')
      },
      ...(options.xattrs && {
        getxattr(path: string, name: string): never {
          record({ event: 'getxattr', path, name })
          throw new FsError('ENODATA')
        },
      }),
    }
  },
})
