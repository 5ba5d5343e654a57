// A scenario: the loopback under load, something that befalls it, and what must hold afterwards. The transport is
// FUSELOOP_TEST_TRANSPORT's, so that the same scripts run on each.

import type { MountSettings } from '@fuseloop/daemon'
import type { Test } from 'tap'
import { testWorkers } from '../../../support/mount-test.js'
import type { Mounted, MountRequest } from '../../../support/mounted.js'
import { groupMembers } from '../../../support/process-dump.js'
import { waitUntil } from '../../../support/wait-until.js'
import { checkReports, Load } from './load.js'

export const TRANSPORT = (process.env['FUSELOOP_TEST_TRANSPORT'] ?? 'ring') as NonNullable<
  MountSettings['transport']
>
const WORKERS = 4
/** A connection that was ended answers what is left at once. */
export const ENDED = ['ECONNABORTED', 'ENOTCONN'] as const

/**
 * When the process dies: what the kernel is just giving to a thread of it is cancelled (fs/fuse/dev_uring.c
 * fuse_uring_send_in_task()).
 */
export const DIED: readonly string[] = TRANSPORT === 'uring' ? [...ENDED, 'ECANCELED'] : ENDED

type Body = (t: Test, mounted: Mounted, load: Load) => Promise<void>

/** Mounts the loopback with 4 workers, or what `request` says, and puts it under load. */
export function testUnderLoad(name: string, body: Body, request: Partial<MountRequest> = {}): void {
  testScenario(name, { filesystem: 'loopback', ...request }, async (t, mounted) => {
    await body(t, mounted, await Load.start(mounted))
  })
}

export function testScenario(
  name: string,
  request: MountRequest,
  body: (t: Test, mounted: Mounted) => Promise<void>,
): void {
  testWorkers(`${TRANSPORT}: ${name}`, { workers: WORKERS, transport: TRANSPORT, ...request }, body)
}

/** No process of the daemon, no mount, no connection is left. Waits for it, as the last user may be on its way. */
export async function checkNothingLeft(t: Test, mounted: Mounted): Promise<void> {
  await waitUntil('the daemon is gone', () => !mounted.daemon.isRunning)
  await waitUntil('its processes are gone', () => groupMembers(mounted.daemon.pid).length === 0)
  await waitUntil('nothing is mounted', () => !mounted.isMounted)
  await waitUntil('the connection is gone', () => mounted.waiting === undefined)
  t.pass('nothing is left behind')
}

/** Ends a load that nothing has disturbed: no error, nothing lost, and the mount goes when it is told to. */
export async function endQuietly(t: Test, mounted: Mounted, load: Load): Promise<void> {
  checkReports(t, await load.stop(), [])
  load.checkBeneath(t)
  await mounted.inDaemon(({ session }) => session.unmount())
  await checkNothingLeft(t, mounted)
}
