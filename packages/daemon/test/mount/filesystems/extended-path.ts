// Two sparse files, /a and /b, by the path API, with all that can be asked of files besides reading and writing.

import { defineFilesystem, FsError } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'
import { SparseFile } from './sparse-file.js'

export default defineFilesystem({
  options: EVENTS_OPTION,
  cache: { attributesTimeoutMs: 0 },
  create({ options }) {
    const record = recorder(options.events)
    const files = new Map([
      ['/a', new SparseFile()],
      ['/b', new SparseFile()],
    ])
    const at = (path: string): SparseFile => {
      const file = files.get(path)
      if (file === undefined) throw new FsError(path === '/' ? 'EPERM' : 'ENOENT')
      return file
    }
    return {
      getattr: (path) => (path === '/' ? { mode: 0o40777, nlink: 2 } : at(path).attributes),
      setattr(path, { size }) {
        if (size !== undefined) at(path).size = size
      },
      readdir: () => ['a', 'b'],
      read: ({ path }, buffer, position) => at(path).read(buffer, position),
      write: ({ path }, buffer, position) => at(path).write(buffer, position),
      fallocate: ({ path }, mode, offset, length) => at(path).allocate(mode, offset, length),
      lseek: ({ path }, offset, whence) => at(path).seek(offset, whence),
      copy_file_range: (source, position, target, targetPosition, length) =>
        at(source.path).copyTo(at(target.path), position, targetPosition, length),
      ioctl: ({ path }, command, input) => at(path).control(command, input),
      setxattr: (path, name, value, flags) => at(path).setXattr(name, value, flags),
      getxattr: (path, name) => (path === '/' ? undefined : at(path).getXattr(name)),
      listxattr: (path) => (path === '/' ? [] : at(path).listXattrs()),
      removexattr: (path, name) => at(path).removeXattr(name),
      access: (path, mask) => record({ event: 'access', path, mask }),
      fsyncdir: ({ path }, dataOnly) => record({ event: 'fsyncdir', path, dataOnly }),
      syncfs: (path) => record({ event: 'syncfs', path }),
      bmap: (_path, blocksize, block) => block + blocksize,
    }
  },
})
