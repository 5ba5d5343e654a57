// Notifications as filesystems and mounters send them. Rule: a handler must not await one that concerns what its
// own request is about; the kernel may hold locks until that request is answered.

import type { KernelHandle } from '../base/ids.js'
import type { NodeSubject } from './changed-node.js'

/** `notCached`: the kernel knows no such node or name (ENOENT), or nothing any more since the mount has ended. */
export type NotifyResult = 'done' | 'notCached'

/**
 * * `attributes`: they are asked for anew.
 * * `data`: the contents too. Where AUTO_INVAL_DATA is granted, by their attributes: the kernel drops the pages when
 *   it sees another mtime or size, at the next read(2); so no locked page is waited for. Elsewhere all pages go.
 * * `entry`: what a name stands for, also a name that is new: looked up anew, and its directory listed anew. What is
 *   open or mounted below stays (EXPIRE_ONLY, from protocol 7.38).
 * * `removed`: a name is gone; watchers see the deletion. Where the kernel cannot let go of it (names below it, a
 *   mount on it) it is looked up anew.
 */
export type Change = 'attributes' | 'data' | 'entry' | 'removed'

/** Somebody polls an open file and waits; what a `poll` handler gets. */
export interface PollHandle {
  /** The kernel's name for the open file; opaque. For other threads, which wake by `pollWakeup(kh)`. */
  readonly kh: KernelHandle
  /** Wakes all who wait: they poll again. At any time; once, what comes later does nothing. */
  notify(): void
}

/**
 * Every call is queued for a thread of its own and resolves with the kernel's result; what says the same is sent
 * once. Rejections: FuseError ERR_FUSE_NOT_SUPPORTED where the kernel is too old, ERR_FUSE_USAGE for what is no node,
 * ProtocolError for a bad name or number, and the kernel's own refusals with their POSIX code.
 */
export interface Notifier {
  /**
   * Says what has changed and leaves it to the framework which notifications that takes: those that are safe also for
   * open files. Nothing is cached, and nothing sent, of paths, identities and nodes that the kernel does not know.
   */
  changed(subject: NodeSubject, what: Change): Promise<NotifyResult>
  /**
   * Attributes are asked for anew; with `range` the pages of it are dropped too, after what is dirty in them was
   * written back, which brings WRITE requests.
   * @param range in bytes; `length` absent: to the end
   */
  invalidateInode(
    node: NodeSubject,
    range?: { readonly offset: number; readonly length?: number },
  ): Promise<NotifyResult>
  /**
   * `name` is looked up anew, also where the kernel knows that there is none.
   * @param options.expireOnly keeps what is mounted or open below it; needs protocol 7.38
   */
  invalidateEntry(
    parent: NodeSubject,
    name: string | Uint8Array,
    options?: { readonly expireOnly?: boolean },
  ): Promise<NotifyResult>
  /**
   * `name`, which stood for `child`, is gone: watchers see a deletion. ENOTEMPTY while the kernel knows names below
   * it, EBUSY where something is mounted on it; `notCached` where the name stands for another node.
   */
  deleteEntry(
    parent: NodeSubject,
    child: NodeSubject,
    name: string | Uint8Array,
  ): Promise<NotifyResult>
  /**
   * Puts bytes into the page cache, once READs of the file that are in flight are answered. Whole pages count as read,
   * and the last one if the file ends with the bytes; other pages only where they are cached already. The file grows.
   * @param data not to be changed before the promise settles; any length, sent in pieces of 1 MiB
   */
  store(node: NodeSubject, offset: number, data: Uint8Array): Promise<NotifyResult>
  /**
   * What is cached from `offset` on, dirty or not, up to the first hole: perhaps nothing.
   * @returns undefined where the kernel does not know the node
   */
  retrieve(node: NodeSubject, offset: number, size: number): Promise<Buffer | undefined>
  /** Requests in flight are delivered again: after a daemon has taken over from another. */
  resend(): Promise<NotifyResult>
  /** All names are looked up anew at their next use. */
  incrementEpoch(): Promise<NotifyResult>
  /** Wakes who polls an open file, known or not. `handle.notify()` does it once, this each time. */
  pollWakeup(handle: PollHandle | KernelHandle): Promise<NotifyResult>
  /** The kernel forgets those of the nodes that nobody uses. */
  prune(nodes: readonly NodeSubject[]): Promise<NotifyResult>
}
