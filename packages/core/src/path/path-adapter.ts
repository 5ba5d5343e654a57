// Makes inode handlers out of path handlers: what fuse.c is to fuse_lowlevel.c in libfuse.
// Each file of operations takes what was given and returns those inode handlers whose path counterpart exists.

import { attributeOperations } from './attribute-operations.js'
import { directoryOperations } from './directory-operations.js'
import { fileOperations } from './file-operations.js'
import { lockOperations } from './lock-operations.js'
import { askingAgain } from './moved-paths.js'
import { nameOperations } from './name-operations.js'
import type { Given, Inode } from './path-subject.js'
import { rangeOperations } from './range-operations.js'
import { xattrOperations } from './xattr-operations.js'

/** The inode handlers that serve `given`; only methods whose path counterpart exists are present. */
export function adaptPathHandlers(given: Given): Inode {
  if (given.getattr === undefined) return {}
  return askingAgain({
    ...attributeOperations(given, given.getattr),
    ...nameOperations(given),
    ...fileOperations(given),
    ...directoryOperations(given),
    ...xattrOperations(given),
    ...rangeOperations(given),
    ...lockOperations(given),
    ...(given.dispose && { dispose: () => given.dispose?.() }),
  })
}
