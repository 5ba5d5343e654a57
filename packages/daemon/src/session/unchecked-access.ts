// A mount that everybody may use, and on which neither the kernel nor the filesystem asks who may do what.

import type { SessionParameters } from '@fuseloop/core/session'
import { stderrLog } from '../service/stderr-log.js'
import type { SessionPlan } from './session-plan.js'

/** @param methods that the filesystem has; with `access` it decides by itself (docs/decisions/0004) */
export function warnOfUncheckedAccess(
  { mountpoint, mountOptions: { kernelOptions } }: SessionPlan,
  methods: readonly string[],
  { granted }: SessionParameters,
): void {
  if (!kernelOptions.includes('allow_other') || methods.includes('access')) return
  // The kernel's ACLs come with its other checks (fs/fuse/inode.c process_init_reply()).
  if (kernelOptions.includes('default_permissions') || granted.includes('POSIX_ACL')) return
  const why = 'allow_other with no_default_permissions, and the filesystem has no access()'
  stderrLog(mountpoint)('warn', `${mountpoint}: every user may do everything there: ${why}`)
}
