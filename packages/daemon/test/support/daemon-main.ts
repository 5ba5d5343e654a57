// The process that mounts, in tests: it calls mount() and then does what the test asks over IPC.

import { type MountSession, type MountSettings, mount, type SessionEnd } from '@fuseloop/daemon'
import { type Outcome, perform, type SentCall, settle, TOOLS, type Tools } from './sent-function.js'

/** What the test hands over on the command line, as JSON. */
export interface MountOrder {
  readonly filesystem: string
  readonly mountpoint: string
  readonly settings: Omit<MountSettings, 'services'>
  /** URL of a module whose default export becomes `services`. */
  readonly services: string | undefined
}

export interface DaemonTools extends Tools {
  readonly session: MountSession
  readonly mount: typeof mount
  readonly mountWhile: typeof mountWhile
}

export interface DaemonCall extends SentCall {
  readonly id: number
}

export type DaemonMessage =
  | { readonly kind: 'mounted' | 'failed' | 'closed'; readonly outcome: Outcome }
  | { readonly kind: 'done'; readonly id: number; readonly outcome: Outcome }

function report(message: DaemonMessage): void {
  process.send?.(message)
}

async function startMount(order: MountOrder): Promise<MountSession> {
  const services = order.services && (await import(order.services)).default
  return await mount(order.filesystem, order.mountpoint, {
    ...order.settings,
    ...(services && { services }),
  })
}

/** Mounts a second filesystem for as long as `body` runs. */
async function mountWhile(
  order: Pick<MountOrder, 'filesystem' | 'mountpoint' | 'settings'>,
  body: (session: MountSession) => Promise<void>,
): Promise<SessionEnd> {
  let closed: Promise<SessionEnd>
  {
    await using session = await mount(order.filesystem, order.mountpoint, order.settings)
    closed = session.closed
    await body(session)
  }
  return await closed
}

const order = JSON.parse(process.argv[2] as string) as MountOrder
// The test is gone, and nobody else would unmount.
const onOrphaned = (): never => process.exit(1)
process.once('disconnect', onOrphaned)

let mounted: MountSession | undefined
const outcome = await settle(async () => {
  mounted = await startMount(order)
})
if (mounted === undefined) {
  process.removeListener('disconnect', onOrphaned)
  report({ kind: 'failed', outcome })
} else {
  serveTest(mounted)
  report({ kind: 'mounted', outcome })
}
// A mount, not the test's channel, is what keeps the process alive.
process.channel?.unref()

function serveTest(session: MountSession): void {
  void session.closed.then((end) => report({ kind: 'closed', outcome: { value: end } }))
  process.on('message', (message) => {
    const call = message as DaemonCall
    void perform(call, { ...TOOLS, session, mount, mountWhile } satisfies DaemonTools).then(
      (outcome) => report({ kind: 'done', id: call.id, outcome }),
    )
  })
}
