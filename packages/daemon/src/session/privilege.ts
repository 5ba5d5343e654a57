// What this process may do that INIT flags need.

import { readFileSync, readlinkSync } from 'node:fs'

const CAP_SYS_ADMIN = 21n
/** PROC_USER_INIT_INO of include/uapi/linux/nsfs.h: the inode number of the first user namespace. */
const INITIAL_NAMESPACE = 'user:[4026531837]'

/** Whether the kernel's capable(CAP_SYS_ADMIN) holds: in the initial user namespace, not in one of a container's own. */
export function hasSystemAdministration(): boolean {
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))
    const isCapable = ((BigInt(`0x${effective?.[1] ?? '0'}`) >> CAP_SYS_ADMIN) & 1n) === 1n
    return isCapable && readlinkSync('/proc/self/ns/user') === INITIAL_NAMESPACE
  } catch {
    // Without /proc nothing is known, and the flag's own refusal tells.
    return true
  }
}
