// Operations on open directories, and opening them.

import { type Given, type Inode, pathOf, requiredFile } from './path-subject.js'

export function directoryOperations(given: Given): Inode {
  const { opendir, readdir, releasedir, fsyncdir } = given
  const readdirplus = given.readdirplus ?? readdir
  return {
    ...(opendir && {
      opendir: (node, flags, context) => opendir.call(given, pathOf(node), flags, context),
    }),
    ...(readdir && {
      readdir: (directory, offset, context) =>
        readdir.call(given, pathOf(directory.node), requiredFile(directory), offset, context),
    }),
    ...(readdirplus && {
      readdirplus: (directory, offset, context) =>
        readdirplus.call(given, pathOf(directory.node), requiredFile(directory), offset, context),
    }),
    ...(releasedir && {
      releasedir: (directory, context) => releasedir.call(given, requiredFile(directory), context),
    }),
    ...(fsyncdir && {
      fsyncdir: (directory, dataOnly, context) =>
        fsyncdir.call(given, requiredFile(directory), dataOnly, context),
    }),
  }
}
