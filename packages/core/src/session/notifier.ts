// Notifications as filesystems and mounters send them. Rule: a handler must not await one that concerns what its
// own request is about; the kernel may hold locks until that request is answered.

import type { KernelHandle, Nodeid } from '../base/ids.js'
import {
  codeFromErrno,
  Errno,
  encodeNotifyDelete,
  encodeNotifyIncEpoch,
  encodeNotifyInvalEntry,
  encodeNotifyInvalInode,
  encodeNotifyPoll,
  encodeNotifyPrune,
  encodeNotifyResend,
  encodeNotifyRetrieve,
  encodeNotifyStore,
  encodeText,
  type NotificationName,
} from '../protocol/index.js'
import {
  changedNode,
  changedPlace,
  type NodePlaces,
  type NodeSubject,
  usage,
} from './changed-node.js'
import type { NotificationAnswer, NotificationChannel } from './notification-channel.js'
import {
  NOTIFICATION_MINOR,
  type NotificationLimits,
  requireSupport,
} from './notification-support.js'
import { posixError } from './posix-error.js'
import { SendBudget } from './send-budget.js'

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

/** Of one thread: 1024 notifications, or 16 MiB of STORE. */
const BUDGET = 16 * 1024 * 1024
const LEAST_COST = BUDGET / 1024
const PIECE = 1024 * 1024
const PAGE = 4096
const U32_MAX = 0xffff_ffffn
/** PRUNE holds 8 bytes of each. */
const PRUNE_MOST = 8192

/** The Notifier of one thread, over any channel. */
export class SessionNotifier implements Notifier {
  readonly #channel: NotificationChannel
  readonly #limits: () => NotificationLimits | undefined
  readonly #nodes: NodePlaces
  readonly #budget = new SendBudget(BUDGET)

  /** @param limits undefined until INIT is answered: nothing is cached by then */
  constructor(
    channel: NotificationChannel,
    nodes: NodePlaces,
    limits: () => NotificationLimits | undefined,
  ) {
    this.#channel = channel
    this.#nodes = nodes
    this.#limits = limits
  }

  async changed(subject: NodeSubject, what: Change): Promise<NotifyResult> {
    switch (what) {
      case 'attributes':
      case 'data': {
        const node = changedNode(subject, this.#nodes)
        if (node === undefined) return 'notCached'
        const isByAttributes = what === 'attributes' || this.#limits()?.dropsChangedPages === true
        return await this.invalidateInode(node, isByAttributes ? undefined : { offset: 0 })
      }
      case 'entry':
        return await this.#entryChanged(subject)
      case 'removed':
        return await this.#removed(subject)
      default:
        throw usage(`nothing is '${String(what)}'`)
    }
  }

  async invalidateInode(
    node: NodeSubject,
    range?: { readonly offset: number; readonly length?: number },
  ): Promise<NotifyResult> {
    const { offset, length = 0 } = range ?? { offset: -1 }
    if (range !== undefined && !(offset >= 0)) throw usage(`an offset of ${offset}`)
    // The kernel drops all to the end for a length of 0 and less.
    if (range?.length !== undefined && !(length > 0)) throw usage(`a length of ${length}`)
    const nodeid = changedNode(node, this.#nodes)
    if (nodeid === undefined) return 'notCached'
    return await this.#send('INVAL_INODE', encodeNotifyInvalInode(nodeid, offset, length))
  }

  async invalidateEntry(
    parent: NodeSubject,
    name: string | Uint8Array,
    options: { readonly expireOnly?: boolean } = {},
  ): Promise<NotifyResult> {
    const { expireOnly = false } = options
    const limits = this.#limits()
    if (expireOnly && limits !== undefined) requireSupport('EXPIRE_ONLY', limits)
    const nodeid = changedNode(parent, this.#nodes)
    if (nodeid === undefined) return 'notCached'
    const message = encodeNotifyInvalEntry(nodeid, bytesOf(name), expireOnly)
    return await this.#send('INVAL_ENTRY', message)
  }

  async deleteEntry(
    parent: NodeSubject,
    child: NodeSubject,
    name: string | Uint8Array,
  ): Promise<NotifyResult> {
    const nodeid = changedNode(parent, this.#nodes)
    const childId = changedNode(child, this.#nodes)
    if (nodeid === undefined || childId === undefined) return 'notCached'
    return await this.#send('DELETE', encodeNotifyDelete(nodeid, childId, bytesOf(name)))
  }

  async store(node: NodeSubject, offset: number, data: Uint8Array): Promise<NotifyResult> {
    const nodeid = changedNode(node, this.#nodes)
    if (nodeid === undefined) return 'notCached'
    for (let start = 0; start < data.byteLength; ) {
      const end = Math.min(data.byteLength, start + PIECE - ((offset + start) % PAGE))
      const message = encodeNotifyStore(nodeid, offset + start, data.subarray(start, end))
      const result = await this.#send('STORE', message)
      if (result !== 'done') return result
      start = end
    }
    return 'done'
  }

  async retrieve(node: NodeSubject, offset: number, size: number): Promise<Buffer | undefined> {
    const nodeid = changedNode(node, this.#nodes)
    if (nodeid === undefined) return undefined
    const pieces: Uint8Array[] = []
    let done = 0
    do {
      const limits = this.#limits()
      if (limits === undefined) return undefined
      // fs/fuse/dev.c fuse_retrieve(): at most max_write bytes, in at most max_pages pages.
      const most = limits.maxWrite - ((offset + done) % PAGE)
      const wanted = Math.min(size - done, most)
      const message = encodeNotifyRetrieve(nodeid, offset + done, wanted)
      const { result, data } = await this.#exchange('RETRIEVE', message)
      if (resultOf('RETRIEVE', result) !== 'done') return undefined
      pieces.push(data)
      done += data.byteLength
      if (data.byteLength < wanted) break
    } while (done < size)
    return Buffer.concat(pieces)
  }

  async resend(): Promise<NotifyResult> {
    return await this.#send('RESEND', encodeNotifyResend())
  }

  async incrementEpoch(): Promise<NotifyResult> {
    return await this.#send('INC_EPOCH', encodeNotifyIncEpoch())
  }

  async pollWakeup(handle: PollHandle | KernelHandle): Promise<NotifyResult> {
    const kh = typeof handle === 'bigint' ? handle : handle.kh
    const message = encodeNotifyPoll(Number(kh & U32_MAX), Number((kh >> 32n) & U32_MAX))
    return await this.#send('POLL', message)
  }

  async prune(nodes: readonly NodeSubject[]): Promise<NotifyResult> {
    const known = nodes.map((node) => changedNode(node, this.#nodes))
    const nodeids = known.filter((nodeid) => nodeid !== undefined)
    for (let start = 0; start < nodeids.length; start += PRUNE_MOST) {
      const message = encodeNotifyPrune(nodeids.slice(start, start + PRUNE_MOST))
      const result = await this.#send('PRUNE', message)
      if (result !== 'done') return result
    }
    return 'done'
  }

  async #entryChanged(subject: NodeSubject): Promise<NotifyResult> {
    const place = changedPlace(subject, this.#nodes)
    if (place === undefined) return 'notCached'
    const results = await Promise.all([
      this.#looksAnew(place.parent, place.name),
      // Of a name that it does not know the kernel tells its cached listing nothing.
      this.invalidateInode(place.parent, { offset: 0 }),
    ])
    return results.includes('done') ? 'done' : 'notCached'
  }

  async #looksAnew(parent: Nodeid, name: Uint8Array): Promise<NotifyResult> {
    const expireOnly = (this.#limits()?.minor ?? 0) >= NOTIFICATION_MINOR.EXPIRE_ONLY
    return await this.invalidateEntry(parent, name, { expireOnly })
  }

  async #removed(subject: NodeSubject): Promise<NotifyResult> {
    const place = changedPlace(subject, this.#nodes)
    if (place === undefined) return 'notCached'
    const { parent, name, node } = place
    if (node === undefined) return await this.#entryChanged(subject)
    try {
      if ((await this.deleteEntry(parent, node, name)) === 'done') return 'done'
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOTEMPTY' && code !== 'EBUSY') throw error
    }
    return await this.#looksAnew(parent, name)
  }

  async #send(name: NotificationName, message: Uint8Array): Promise<NotifyResult> {
    return resultOf(name, (await this.#exchange(name, message)).result)
  }

  async #exchange(name: NotificationName, message: Uint8Array): Promise<NotificationAnswer> {
    const limits = this.#limits()
    if (limits === undefined) return { result: -Errno.ENODEV, data: new Uint8Array(0) }
    requireSupport(name, limits)
    const cost = Math.max(LEAST_COST, message.byteLength)
    await this.#budget.take(cost)
    try {
      return await this.#channel.send(message)
    } finally {
      this.#budget.give(cost)
    }
  }
}

/** @throws an error with the POSIX code of the kernel's refusal */
function resultOf(name: NotificationName, result: number): NotifyResult {
  if (result >= 0) return 'done'
  // After the end, by unmount or by force, the kernel caches nothing.
  if (GONE.has(-result)) return 'notCached'
  const code = codeFromErrno(-result)
  throw posixError(code ?? 'EIO', `the kernel refused ${name} (errno ${-result})`)
}

const GONE: ReadonlySet<number> = new Set([
  Errno.ENOENT,
  Errno.ENODEV,
  Errno.ECONNABORTED,
  Errno.ENOTCONN,
])

function bytesOf(name: string | Uint8Array): Uint8Array {
  return typeof name === 'string' ? encodeText(name) : name
}
