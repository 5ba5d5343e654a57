// Extended attributes. An O_PATH descriptor has none to itself, so they are reached by its path in /proc.

import { descriptorPath, getxattr, listxattr, removexattr, setxattr } from '@fuseloop/native/posix'
import type { Caller } from './caller.js'
import { hasCode } from './identity.js'
import type { SourceTree } from './source-tree.js'
import type { Handlers } from './types.js'

/** Only root sees them in a list (fs/ext4/xattr_trusted.c), and the daemon is not who asks. */
const TRUSTED = Buffer.from('trusted.')

export function xattrHandlers(tree: SourceTree, caller: Caller): Handlers {
  return {
    setxattr: (node, name, value, flags, context) =>
      tree.using(node, (fd) => {
        const set = (): void => setxattr(descriptorPath(fd), name, value, flags)
        // Of no group and without CAP_FSETID the source drops the bit itself (fs/posix_acl.c).
        if (context.killSuidGid) caller.changingGroup(context, set, [])
        else set()
      }),
    getxattr: (node, name) =>
      tree.using(node, (fd) => {
        try {
          return getxattr(descriptorPath(fd), name)
        } catch (error) {
          if (hasCode(error, 'ENODATA')) return undefined
          throw error
        }
      }),
    listxattr: (node, context) =>
      tree.using(node, (fd) =>
        splitNames(listxattr(descriptorPath(fd))).filter(
          (name) => context.uid === 0 || !name.subarray(0, TRUSTED.length).equals(TRUSTED),
        ),
      ),
    removexattr: (node, name) => tree.using(node, (fd) => removexattr(descriptorPath(fd), name)),
  }
}

/** Each name has a NUL behind it. */
function splitNames(list: Buffer): Buffer[] {
  const names: Buffer[] = []
  for (let start = 0; start < list.length; ) {
    const end = list.indexOf(0, start)
    names.push(list.subarray(start, end))
    start = end + 1
  }
  return names
}
