// Operations on names: each is asked for by path, and what it made is described by `getattr`.

import { FsError } from '../inode/index.js'
import {
  after,
  childPath,
  entryAt,
  type Given,
  type Inode,
  lookUp,
  pathFile,
  pathOf,
} from './path-subject.js'

/** path, newPath, flags. */
const DECLARES_FLAGS = 3

export function nameOperations(given: Given): Inode {
  const { symlink, mknod, mkdir, unlink, rmdir, rename, link } = given
  return {
    lookup: (parent, name, context) => lookUp(given, parent, name, context),
    ...(symlink && {
      symlink: (parent, name, target, context) => {
        const path = childPath(parent, name)
        return after(symlink.call(given, target, path, context), () =>
          entryAt(given, path, context),
        )
      },
    }),
    ...(mknod && {
      mknod: (parent, name, mode, rdev, context) => {
        const path = childPath(parent, name)
        return after(mknod.call(given, path, mode, rdev, context), () =>
          entryAt(given, path, context),
        )
      },
    }),
    ...(mkdir && {
      mkdir: (parent, name, mode, context) => {
        const path = childPath(parent, name)
        return after(mkdir.call(given, path, mode, context), () => entryAt(given, path, context))
      },
    }),
    ...(unlink && {
      unlink: (parent, name, context) => unlink.call(given, childPath(parent, name), context),
    }),
    ...(rmdir && {
      rmdir: (parent, name, context) => rmdir.call(given, childPath(parent, name), context),
    }),
    ...(rename && {
      rename: (parent, name, newParent, newName, flags, context) => {
        if (flags !== 0 && rename.length < DECLARES_FLAGS)
          throw new FsError('EINVAL', 'the handler declares no flags')
        const newPath = childPath(newParent, newName)
        return rename.call(given, childPath(parent, name), newPath, flags, context)
      },
    }),
    ...(link && {
      link: (node, newParent, newName, file, context) => {
        const path = childPath(newParent, newName)
        return after(link.call(given, pathOf(node, file), path, pathFile(file), context), () =>
          entryAt(given, path, context),
        )
      },
    }),
  }
}
