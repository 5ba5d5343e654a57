// servePool(): all that mount() starts, over a connection in this process: no mount, no privilege, no /dev/fuse.

import type { FilesystemDefinition, Notifier } from '@fuseloop/core'
import { offeredFlags, RequestBuilder, VirtualKernel } from '@fuseloop/core/testing'
import type { NativeSession } from '@fuseloop/native'
import type { ShutdownOptions } from '../session/mount-session.js'
import type { SessionEnd } from '../session/session-end.js'
import { type MountSettings, planSession } from '../session/session-plan.js'
import type { SessionStatus } from '../session/session-status.js'
import { startSession } from '../session/start-session.js'
import { NativeConnection } from './native-connection.js'

/** Those of mount() that need no mount. */
export interface PoolSettings extends Omit<MountSettings, 'mountOptions' | 'handleSignals'> {
  /** The whole INIT message; that of Linux 6.18 if absent. */
  readonly init?: Uint8Array
}

/** A filesystem that is served without a mount; end it with `close`. */
export interface ServedPool {
  /** The kernel's side, which checks the daemon's lookup counts too. */
  readonly kernel: VirtualKernel
  /** What it is connected by, for `repeat`. */
  readonly connection: NativeConnection
  /** Settles when everything is torn down. Never rejects. */
  readonly closed: Promise<SessionEnd>
  /** As MountSession.notify. */
  readonly notify: Notifier
  /** As MountSession.status(). */
  status(): SessionStatus
  /** As MountSession.shutdown(); the connection ends at once, whoever uses it. */
  shutdown(options?: ShutdownOptions): Promise<SessionEnd>
  /** From now on what opens files and directories is answered ESHUTDOWN, as from the begin of `shutdown` on. */
  refuseOpens(): void
  /** Unmounts and waits until everything is torn down; idempotent. `kernel.verify()` before it checks the contract. */
  close(): Promise<void>
}

/**
 * Serves a filesystem as mount() does, by its workers and its native reader.
 * @param filesystem as for mount()
 * @throws what mount() throws before and after the mount itself
 */
export async function servePool(
  filesystem: string | URL | FilesystemDefinition,
  settings: PoolSettings = {},
): Promise<ServedPool> {
  const plan = {
    ...planSession(filesystem, '.', settings),
    mountpoint: '(none)',
    hasKernel: false,
  }
  const connection = new NativeConnection()
  let served: NativeSession | undefined
  const kernel = new VirtualKernel(connection, {
    probe: {
      lookupCount: (nodeid) => served?.lookupCount(nodeid) ?? 0,
      underflows: () => served?.underflows ?? 0,
    },
  })
  connection.onEvent = (event) => kernel.receive(event)
  connection.notificationSink = (code, body) => kernel.notified(code, body)
  connection.mount(settings.init ?? linuxInit())
  try {
    const session = await startSession(plan, (native) => {
      served = native
      return native.attachQueue(connection.queue)
    })
    return {
      kernel,
      connection,
      closed: session.closed,
      notify: session.notify,
      status: () => session.status(),
      shutdown: (options) => session.shutdown(options),
      refuseOpens: () => served?.refuseOpens(),
      close: () => session.unmount(),
    }
  } catch (error) {
    // A queue that nobody came to serve.
    connection.unmount()
    throw error
  }
}

function linuxInit(): Uint8Array {
  return new RequestBuilder().init({ minor: 45, flags: offeredFlags(45) })
}
