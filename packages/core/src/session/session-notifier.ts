// How a thread sends notifications: from what is meant to messages, some at a time, and from errnos to results.

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
import type { Change, Notifier, NotifyResult, PollHandle } from './notifier.js'
import { posixError } from './posix-error.js'
import { SendBudget } from './send-budget.js'

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
