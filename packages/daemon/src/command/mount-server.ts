// A mount that this process serves until it is told to stop or unmounted by somebody else.

import { setTimeout as delay } from 'node:timers/promises'
import { FuseError } from '@fuseloop/core/session'
import { mount } from '../mount-filesystem.js'
import { tellServiceManager } from '../service/service-manager.js'
import type { MountSession } from '../session/mount-session.js'
import { EXIT_CODE_LOST } from '../session/session-end.js'
import { guardSignals } from '../session/signal-guard.js'
import { explainMountFailure, printFailure } from './failure.js'
import type { MountOrder } from './mount-order.js'
import { SIGNALS, StopSignals } from './stop-signals.js'

/** How long a mount that is under way when a signal comes may take to be taken back. */
const GIVE_UP_MS = 1000

/** Resolves with the exit code when the mount is over. @throws what kept it from mounting */
export async function serveMount(
  given: MountOrder,
  onReady: (session: MountSession) => void,
): Promise<number> {
  // Whoever read what we write there may be gone; the mount must not end for that.
  process.stderr.on('error', () => undefined)
  const signals = new StopSignals()
  const session = await startMount(given, signals)
  // Modes of new files are those that clients ask for. Not sooner: what the start writes is our own.
  process.umask(0)
  guardSignals(session, SIGNALS)
  onReady(session)
  tellServiceManager('READY=1', `STATUS=${describeMount(given, session)}`)
  return await untilOver(given.program, session, signals)
}

async function startMount(given: MountOrder, signals: StopSignals): Promise<MountSession> {
  const settings = { ...given.settings, handleSignals: false }
  const mounting = mount(given.filesystem, given.mountpoint, settings)
  try {
    const outcome = await Promise.race([mounting, signals.first])
    if (outcome !== undefined) return outcome
  } catch (error) {
    throw explainMountFailure(error, given.filesystem)
  }
  const takenBack = mounting.then((session) => session.abort())
  await Promise.race([takenBack, delay(GIVE_UP_MS)]).catch(() => undefined)
  throw new FuseError('ERR_FUSE_MOUNT', 'interrupted before the mount answered')
}

async function untilOver(
  program: string,
  session: MountSession,
  signals: StopSignals,
): Promise<number> {
  let stopped: 'asked' | 'forced' | undefined
  const force = (): Promise<void> => {
    stopped = 'forced'
    return session.abort()
  }
  void signals.first.then(() => {
    stopped = 'asked'
    tellServiceManager('STOPPING=1', 'STATUS=waiting for users, storing what they have open')
    return session.shutdown()
  })
  void signals.second.then(force)
  const { reason, message, lost } = await session.closed
  if (lost.length > 0) return EXIT_CODE_LOST
  if (stopped === 'asked' || (stopped === undefined && reason === 'unmounted')) return 0
  const why = message ?? 'the connection was aborted'
  printFailure(program, { message: `${session.mountpoint}: ${why}` })
  return 1
}

/** What is mounted and who serves it, for a log. */
export function describeMount({ filesystem }: MountOrder, session: MountSession): string {
  const { mountpoint, loop } = session
  const workers = session.status().workers.length
  const crew = loop === 'single' ? '' : `, ${workers} worker${workers === 1 ? '' : 's'}`
  return `${filesystem} on ${mountpoint}, loop ${loop}${crew}, pid ${process.pid}`
}
