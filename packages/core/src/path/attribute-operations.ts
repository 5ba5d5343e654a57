// Operations on what a path leads to as a whole: attributes, the target of a link, permission, the filesystem's figures.

import type { Text } from '../inode/index.js'
import { after, type Given, type Inode, pathFile, pathOf } from './path-subject.js'

export function attributeOperations(given: Given, getattr: NonNullable<Given['getattr']>): Inode {
  const { statx, bmap } = given
  return {
    getattr: (node, file, context) =>
      getattr.call(given, pathOf(node, file), pathFile(file), context),
    ...(given.setattr && {
      setattr: (node, changes, file, context) => {
        const path = pathOf(node, file)
        return after(given.setattr?.(path, changes, pathFile(file), context), () =>
          getattr.call(given, path, pathFile(file), context),
        )
      },
    }),
    ...(statx && {
      statx: (node, file, flags, mask, context) =>
        statx.call(given, pathOf(node, file), pathFile(file), flags, mask, context),
    }),
    ...(bmap && {
      bmap: (node, blocksize, block, context) =>
        bmap.call(given, pathOf(node), blocksize, block, context),
    }),
    ...(given.readlink && {
      readlink: (node, context) => given.readlink?.(pathOf(node), context) as Text,
    }),
    ...(given.statfs && {
      statfs: (node, context) =>
        given.statfs?.(pathOf(node), context) as ReturnType<NonNullable<Inode['statfs']>>,
    }),
    ...(given.syncfs && {
      syncfs: (node, context) => given.syncfs?.(pathOf(node), context),
    }),
    ...(given.access && {
      access: (node, mask, context) => given.access?.(pathOf(node), mask, context),
    }),
  }
}
