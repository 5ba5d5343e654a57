// Operations on open files, and opening them.

import { createdEntry, openResult } from './created-entry.js'
import { after, childPath, type Given, type Inode, pathOf, requiredFile } from './path-subject.js'

export function fileOperations(given: Given): Inode {
  const { open, create, tmpfile, read, write, flush, release, fsync } = given
  return {
    ...(open && { open: (node, flags, context) => open.call(given, pathOf(node), flags, context) }),
    ...(create && {
      create: (parent, name, mode, flags, context) => {
        const path = childPath(parent, name)
        return after(create.call(given, path, mode, flags, context), (opened) =>
          createdEntry(given, path, flags, openResult(opened), context),
        )
      },
    }),
    ...(tmpfile && {
      tmpfile: (parent, mode, flags, context) =>
        after(tmpfile.call(given, pathOf(parent), mode, flags, context), (opened) =>
          createdEntry(given, '', flags, openResult(opened), context),
        ),
    }),
    ...(read && {
      read: (file, buffer, position, context) =>
        read.call(given, requiredFile(file), buffer, position, context),
    }),
    ...(write && {
      write: (file, buffer, position, context) =>
        write.call(given, requiredFile(file), buffer, position, context),
    }),
    ...(flush && { flush: (file, context) => flush.call(given, requiredFile(file), context) }),
    ...(release && {
      release: (file, context) => release.call(given, requiredFile(file), context),
    }),
    ...(fsync && {
      fsync: (file, dataOnly, context) => fsync.call(given, requiredFile(file), dataOnly, context),
    }),
  }
}
