// Attributes as a mount shows them: the filesystem's, or with the owner and permissions that the mount was given.

import { type Attributes, FileType, S_IFMT } from '../protocol/index.js'
import type { Ownership } from '../session/index.js'

/** As libfuse's set_stat() (lib/fuse.c): a mask leaves nothing of the filesystem's permission bits. */
export function shownAttributes<A extends Attributes>(
  attributes: A,
  ownership: Ownership | undefined,
): A {
  if (ownership === undefined) return attributes
  const { uid, gid, directoryMask, fileMask } = ownership
  const type = Number(attributes.mode) & S_IFMT
  const mask = type === FileType.DIRECTORY ? directoryMask : fileMask
  return Object.create(attributes, {
    ...(uid !== undefined && { uid: { value: uid } }),
    ...(gid !== undefined && { gid: { value: gid } }),
    ...(mask !== undefined && { mode: { value: type | (0o777 & ~mask) } }),
  }) as A
}
