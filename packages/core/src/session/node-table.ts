// The node table: which nodeid stands for what, under which names, and how often the kernel knows it.
// Production uses the native table, shared by all workers; MemoryNodeTable serves one thread. One contract
// test runs over both. Node ids are never reused, so the generation is always 0.

import type { Nodeid } from '../base/ids.js'

/** The root's number (FUSE_ROOT_ID). */
export const ROOT_NODEID: Nodeid = 1

/** What every worker of a session shares about nodes. Names are bytes, without '/' and NUL. */
export interface NodeTable {
  /**
   * Finds or makes the node for an entry that is about to be given to the kernel, and raises its
   * lookup count by one: before the reply is written, as a FORGET may overtake the writer.
   * With `identity` (1 to 64 bytes) the node is found by it, so that hard links share one nodeid;
   * without, by (parent, name). A node whose file type differs from `type` is left, and a new one made:
   * the kernel makes an inode bad whose type changes (fs/fuse/dir.c fuse_stale_inode()).
   * @param type the S_IFMT bits of the mode
   * @throws an error with code ESTALE for an unknown parent, ELOOP for a directory found below itself
   */
  remember(parent: Nodeid, name: Uint8Array, identity: Uint8Array | undefined, type: number): Nodeid
  /**
   * As `remember`, for a node that has no name: a file made by O_TMPFILE. Without identity it is always a new one.
   */
  rememberUnnamed(identity: Uint8Array | undefined, type: number): Nodeid
  /**
   * Gives the node (parent, name) as one more name and raises its lookup count: what LINK has made of a node
   * without identity.
   * @throws an error with code ESTALE for an unknown node or parent
   */
  addName(nodeid: Nodeid, parent: Nodeid, name: Uint8Array): void
  /**
   * Raises the lookup count of a node that is known: LOOKUP of '.' and '..', for who exports the mount.
   * @throws an error with code ESTALE for an unknown node
   */
  acquire(nodeid: Nodeid): void
  /** Lowers the lookup count. At 0 the node is gone, or kept unused. Unknown nodes and the root are ignored. */
  forget(nodeid: Nodeid, count: number): void
  /** The identity given to `remember`; empty for the root and for nodes known by name; undefined if unknown. */
  identity(nodeid: Nodeid): Uint8Array | undefined
  /** Path below the root without leading '/', '' for the root; undefined when no name leads there any more. */
  path(nodeid: Nodeid): Uint8Array | undefined
  /** The name moved: (parent, name) -> (newParent, newName), replacing what was there. */
  rename(parent: Nodeid, name: Uint8Array, newParent: Nodeid, newName: Uint8Array): void
  /** What two names stand for changes places (RENAME_EXCHANGE). */
  exchange(parent: Nodeid, name: Uint8Array, newParent: Nodeid, newName: Uint8Array): void
  /** The name is gone; the node stays while the kernel refers to it. */
  unlink(parent: Nodeid, name: Uint8Array): void
  /** The directory that holds the node's newest name; the root's is the root; undefined without any name. */
  parent(nodeid: Nodeid): Nodeid | undefined
  /** The node that a name stands for; undefined if unknown. */
  child(parent: Nodeid, name: Uint8Array): Nodeid | undefined
  /** The node with this identity, which is not empty; undefined if unknown. */
  withIdentity(identity: Uint8Array): Nodeid | undefined
  /** The S_IFMT bits given to `remember`; undefined if unknown. */
  type(nodeid: Nodeid): number | undefined
  /**
   * Rises whenever the path of the node became another: the node or a directory above it moved. Two equal
   * numbers with a handler's run between them say that the path it was given led there all the time.
   */
  epoch(nodeid: Nodeid): number
  /**
   * One word that rises whenever what `identity`, `path`, `parent` or `epoch` say of some node becomes another; a new
   * node changes nothing. Read it before them: while it stays, their answers may be used again.
   */
  readonly changes: Int32Array
  /**
   * At most `most` named nodes without children, those first that were looked up the longest ago: what the
   * kernel may be asked to drop (INVAL_ENTRY) when there are too many. They count as looked up by this, so
   * that the next call gives others.
   */
  unusedCandidates(most: number): UnusedCandidate[]
  /** Nodes known, the root included, without those that are kept unused. */
  readonly size: number
}

/** A node with the newest of its names. */
export interface UnusedCandidate {
  readonly nodeid: Nodeid
  readonly parent: Nodeid
  readonly name: Uint8Array
}
