// The same files as extended-path, by the inode API.

import { defineInodeFilesystem, FsError, type InodeNode } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'
import { SparseFile } from './sparse-file.js'

const ROOT = 1

export default defineInodeFilesystem({
  options: EVENTS_OPTION,
  cache: { attributesTimeoutMs: 0 },
  create({ options }) {
    const record = recorder(options.events)
    const files = new Map([
      ['a', new SparseFile()],
      ['b', new SparseFile()],
    ])
    const of = (node: InodeNode): SparseFile => {
      const file = files.get(Buffer.from(node.identity).toString())
      if (file === undefined) throw new FsError('EPERM')
      return file
    }
    const attributes = (node: InodeNode) =>
      node.nodeid === ROOT ? { mode: 0o40777, nlink: 2 } : of(node).attributes
    return {
      lookup(_parent, name) {
        const file = files.get(name)
        return file && { identity: Buffer.from(name), attributes: file.attributes }
      },
      getattr: attributes,
      setattr(node, { size }) {
        if (size !== undefined) of(node).size = size
        return attributes(node)
      },
      readdir: () => files.keys(),
      read: ({ node }, buffer, position) => of(node).read(buffer, position),
      write: ({ node }, buffer, position) => of(node).write(buffer, position),
      fallocate: ({ node }, mode, offset, length) => of(node).allocate(mode, offset, length),
      lseek: ({ node }, offset, whence) => of(node).seek(offset, whence),
      copy_file_range: (source, position, target, targetPosition, length) =>
        of(source.node).copyTo(of(target.node), position, targetPosition, length),
      ioctl: ({ node }, command, input) => of(node).control(command, input),
      setxattr: (node, name, value, flags) => of(node).setXattr(name, value, flags),
      getxattr: (node, name) => (node.nodeid === ROOT ? undefined : of(node).getXattr(name)),
      listxattr: (node) => (node.nodeid === ROOT ? [] : of(node).listXattrs()),
      removexattr: (node, name) => of(node).removeXattr(name),
      access: (node, mask) => record({ event: 'access', path: `/${node.path}`, mask }),
      fsyncdir: ({ node }, dataOnly) =>
        record({ event: 'fsyncdir', path: `/${node.path}`, dataOnly }),
      syncfs: (node) => record({ event: 'syncfs', path: `/${node.path}` }),
      bmap: (_node, blocksize, block) => block + blocksize,
    }
  },
})
