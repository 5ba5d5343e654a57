// Notifications of a session that is served in memory. They are there before the session: `create` of a filesystem
// gets them, and nothing is cached by then.

import {
  MemoryNodeTable,
  MemoryNotificationChannel,
  type NotificationLimits,
  type Notifier,
  SessionNotifier,
} from '../session/index.js'

export class MemoryNotifications {
  readonly channel: MemoryNotificationChannel = new MemoryNotificationChannel()
  readonly nodes: MemoryNodeTable = new MemoryNodeTable()
  readonly notifier: Notifier = new SessionNotifier(this.channel, this.nodes, () => this.limits)
  /** Known once INIT was answered. */
  limits: NotificationLimits | undefined
}
