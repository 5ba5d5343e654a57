// Who keeps a mount's locks, as INIT flags: what the kernel is not asked to pass on it keeps itself.

import type { InitFlagName } from '../protocol/index.js'
import type { FlagPreferences } from './session-parameters.js'

/**
 * `kernel`: by the kernel, for this mount alone. `session`: by the framework, for all workers. If absent, by the
 * handlers where they have `setlk` (fcntl) or `flock`, and by the kernel otherwise.
 */
export type LockChoice = 'kernel' | 'session'

/** @param methods that the handlers have */
export function withLockFlags(
  lists: FlagPreferences,
  choice: LockChoice | undefined,
  methods: readonly string[],
): FlagPreferences {
  const { want = [], refuse = [] } = lists
  const wanted = flagsOf(choice, methods).filter((flag) => !refuse.includes(flag))
  return { ...lists, want: [...new Set([...want, ...wanted])] }
}

function flagsOf(choice: LockChoice | undefined, methods: readonly string[]): InitFlagName[] {
  if (choice === 'kernel') return []
  if (choice === 'session') return ['POSIX_LOCKS', 'FLOCK_LOCKS']
  const flags: InitFlagName[] = []
  if (methods.includes('setlk')) flags.push('POSIX_LOCKS')
  if (methods.includes('flock')) flags.push('FLOCK_LOCKS')
  return flags
}
