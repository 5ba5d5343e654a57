// What tests of a mount's end share.

import type { ClientProcess } from './client-process.js'
import type { Mounted } from './mounted.js'
import { within } from './wait-until.js'

/** Of an end that never comes. How it came is told by its reason, not by its time. */
const DEADLINE_MS = 40_000

/** A client that has a file open until its input ends. */
export async function startHolder(mounted: Mounted, name: string): Promise<ClientProcess> {
  const holder = mounted.startCall(async ({ fs }, path) => {
    const file = fs.openSync(path, 'r')
    console.log('open')
    await new Promise((resolve) => process.stdin.once('end', resolve).resume())
    return fs.readFileSync(file, 'utf8')
  }, mounted.path(name))
  await holder.printed('open')
  return holder
}

/** Why the session has ended, once it has. */
export const sessionEnd = (mounted: Mounted): Promise<unknown> =>
  within('the end of the session', mounted.daemon.closed, DEADLINE_MS)

export const exitCode = async (mounted: Mounted): Promise<number | null> =>
  (await within('the end of the process', mounted.daemon.ended, DEADLINE_MS)).code
