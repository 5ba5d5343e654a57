// A virtual connection's device half in the addon, for sessions that are served by real threads.

import type {
  ConnectionDriver,
  ConnectionEvent,
  NotificationSink,
  ReplyBounds,
  SendKind,
} from '@fuseloop/core/testing'
import { decodeQueueEvents, loadNativeBinding, type NativeQueue } from '@fuseloop/native'

/** What a connection tells, and asks of caches. */
export interface NativeConnectionOptions {
  readonly onEvent?: (event: ConnectionEvent) => void
  /** Without it only what needs no cached inode succeeds. */
  readonly notify?: NotificationSink
}

/** FuseConnection of @fuseloop/core/testing, but events come later, from the event loop, in their order. */
export class NativeConnection implements ConnectionDriver {
  /** Gets what happens from the moment that it is set. */
  onEvent: (event: ConnectionEvent) => void
  /** For NativeSession.attachQueue(). */
  readonly queue: NativeQueue

  constructor(options: NativeConnectionOptions = {}) {
    this.onEvent = options.onEvent ?? (() => undefined)
    this.queue = new (loadNativeBinding().NativeQueue)((batch) => {
      for (const event of decodeQueueEvents(batch)) this.onEvent(event)
    })
    if (options.notify !== undefined) this.notificationSink = options.notify
  }

  /** Called on this thread, at once where it writes itself; a writer elsewhere waits for it, at most 5 s. */
  set notificationSink(sink: NotificationSink) {
    this.queue.setNotificationSink(sink)
  }

  /** As mount(2): INIT is queued, the first of all. @returns its token */
  mount(init: Uint8Array): number {
    return this.queue.mount(init)
  }

  send(message: Uint8Array, kind: SendKind, { least, most }: ReplyBounds): number {
    return this.queue.send(message, kind, least, most)
  }

  forget(nodeid: bigint, nlookup: bigint): void {
    this.queue.forget(nodeid, nlookup)
  }

  signal(token: number): void {
    this.queue.signal(token)
  }

  kill(token: number): boolean {
    return this.queue.kill(token)
  }

  unmount(): void {
    this.queue.unmount()
  }

  abort(): void {
    this.queue.abort()
  }

  /**
   * A closed loop, for measurements: `clients` copies of a message are in flight until `count` are answered, whatever
   * the answer, and no events are made of them.
   * @returns the nanoseconds that it took; rejects when the connection ends before, or refuses a reply
   */
  repeat(
    message: Uint8Array,
    { least, most }: ReplyBounds,
    clients: number,
    count: number,
  ): Promise<number> {
    return this.queue.repeat(message, least, most, clients, count)
  }
}
