// Shows a directory of the machine somewhere else, as it is beneath. Handlers are synchronous: each worker blocks in
// its own system call, as the threads of a C daemon do. Names are bytes, so that any name passes unchanged.
// Run by root it keeps no descriptor per file and gives new files to who made them; anybody else may run it too.

import { realpathSync, statSync } from 'node:fs'
import { defineInodeFilesystem, FsError } from '@fuseloop/core'
import { attributeHandlers } from './attributes.js'
import { Caller } from './caller.js'
import { directoryHandlers } from './directories.js'
import { fileHandlers } from './files.js'
import { ioctlHandlers } from './ioctls.js'
import { lockHandlers } from './locks.js'
import { nameHandlers } from './names.js'
import { SourceTree } from './source-tree.js'
import type { Handlers } from './types.js'
import { xattrHandlers } from './xattrs.js'

/** A directory of the machine, shown as it is beneath. */
export default defineInodeFilesystem({
  options: {
    source: { type: 'path', required: true, description: 'the directory to show' },
    handles: {
      type: 'boolean',
      default: true,
      description: 'open files by their handles, where the process may',
    },
    cache: {
      type: 'enum',
      values: ['none', 'closeToOpen', 'ttl', 'immutable', 'writeback'],
      default: 'ttl',
      description: 'what the kernel may keep; --cache goes over it',
    },
    passthrough: {
      type: 'boolean',
      default: false,
      description: 'files are read and written by the kernel itself, where it and the process may',
    },
    acl: {
      type: 'boolean',
      default: true,
      description:
        'access ACLs count; the kernel then checks all permissions, whatever was mounted with',
    },
    locks: {
      type: 'enum',
      values: ['local', 'backing'],
      default: 'local',
      description: 'whether locks are of this mount alone or of the source',
    },
  },
  encoding: 'buffer',
  cache: ({ cache }) => cache,
  // Truncation and opening in one step, as the client asked for it; the umask is the source's to apply, which
  // leaves it where a directory has a default ACL (acl(5)); access ACLs count, and the kernel asks for them.
  // The source clears set-ID bits and capabilities, so that no write asks for security.capability first.
  // File handles work as beneath, for as long as nodes are known (rememberNodes).
  want: ({ acl, passthrough }) => [
    'ATOMIC_O_TRUNC',
    'DONT_MASK',
    ...(acl ? (['POSIX_ACL'] as const) : []),
    'HANDLE_KILLPRIV_V2',
    'CREATE_SUPP_GROUP',
    'EXPORT_SUPPORT',
    ...(passthrough ? (['PASSTHROUGH'] as const) : []),
  ],
  // Of calls on a local filesystem signals interrupt those only that wait for a lock (signal(7)).
  interrupts: { default: 'ignore', setlk: 'cancel' },
  create({ options }): Handlers {
    if (!statSync(options.source).isDirectory())
      throw new FsError('ENOTDIR', `${options.source} is not a directory`)
    const tree = new SourceTree(realpathSync.native(options.source, 'buffer'), options.handles)
    const caller = new Caller()
    return {
      ...nameHandlers(tree, caller),
      ...attributeHandlers(tree, caller),
      ...fileHandlers(tree, caller, options.passthrough),
      ...directoryHandlers(tree),
      ...ioctlHandlers(),
      ...(options.locks === 'backing' && lockHandlers()),
      ...xattrHandlers(tree, caller),
      dispose: () => tree.close(),
    }
  },
})
