// `-o setuid=USER`: everything from here on, the module's own code included, runs as that user.

import { execFileSync } from 'node:child_process'
import { usage } from '../command/failure.js'

/** As Node has it; its types do not. */
const GROUPS = process as unknown as { initgroups(user: string, group: number): void }

/** With the user's groups and home directory. @throws FuseError ERR_FUSE_USAGE for an unknown user, or where root is needed */
export function switchUser(name: string): void {
  const [, , uid, gid, , home] = passwdEntry(name).split(':')
  try {
    GROUPS.initgroups(name, Number(gid))
    process.setgid?.(Number(gid))
    process.setuid?.(Number(uid))
  } catch (cause) {
    throw usage(`setuid=${name} needs root: ${(cause as Error).message}`)
  }
  process.env['HOME'] = home
  process.env['USER'] = name
  process.env['LOGNAME'] = name
}

/** As passwd(5) has it, from whatever nsswitch.conf(5) names. */
function passwdEntry(name: string): string {
  try {
    return execFileSync('getent', ['passwd', '--', name], { encoding: 'utf8' }).trimEnd()
  } catch {
    throw usage(`setuid=${name}: there is no such user`)
  }
}
