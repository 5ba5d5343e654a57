// Notifications of this thread by the session's native notifier: the same for main and for workers.

import type { NotificationAnswer, NotificationChannel } from '@fuseloop/core/session'
import { loadNativeBinding, type NativeNotifications } from '@fuseloop/native'

export class NativeNotificationChannel implements NotificationChannel {
  readonly #native: NativeNotifications
  readonly #waiting = new Map<number, (answer: NotificationAnswer) => void>()

  /** The session's. */
  get nodes(): NativeNotifications['nodes'] {
    return this.#native.nodes
  }

  /** @param session its native id */
  constructor(session: number) {
    // Kept to the thread's end: it must not keep this object, and the session behind it.
    const waiting = this.#waiting
    this.#native = loadNativeBinding().openNotifications(session, (id, result, data) => {
      const settle = waiting.get(id)
      waiting.delete(id)
      settle?.({ result, data })
    })
  }

  send(message: Uint8Array): Promise<NotificationAnswer> {
    return new Promise((resolve) => {
      this.#waiting.set(this.#native.send(message), resolve)
    })
  }
}
