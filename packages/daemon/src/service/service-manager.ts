// Tells systemd how a mount is (sd_notify(3)); without $NOTIFY_SOCKET nobody listens, and nothing is done.

import { loadNativeBinding } from '@fuseloop/native'

/** @param state lines such as READY=1, STATUS=text, STOPPING=1 */
export function tellServiceManager(...state: readonly string[]): void {
  const socket = process.env['NOTIFY_SOCKET']
  if (socket === undefined || socket === '') return
  try {
    loadNativeBinding().notifySocket(
      socket,
      state.map((line) => line.replaceAll('\n', ' ')).join('\n'),
    )
  } catch (error) {
    // The manager will say so itself: a start that is not told of times out.
    process.stderr.write(`fuseloop: the service manager cannot be told: ${error}\n`)
  }
}
