// Operations on extended attributes of what a path leads to.

import { type Given, type Inode, pathOf } from './path-subject.js'

export function xattrOperations(given: Given): Inode {
  const { setxattr, getxattr, listxattr, removexattr } = given
  return {
    ...(setxattr && {
      setxattr: (node, name, value, flags, context) =>
        setxattr.call(given, pathOf(node), name, value, flags, context),
    }),
    ...(getxattr && {
      getxattr: (node, name, context) => getxattr.call(given, pathOf(node), name, context),
    }),
    ...(listxattr && {
      listxattr: (node, context) => listxattr.call(given, pathOf(node), context),
    }),
    ...(removexattr && {
      removexattr: (node, name, context) => removexattr.call(given, pathOf(node), name, context),
    }),
  }
}
