// From what a definition and mount() say of caching to one setting of all knobs, checked. Pure.

import {
  type AutoInvalidate,
  CACHE_PROFILES,
  type CacheChoice,
  type CacheKnobs,
  type CacheProfileName,
  type CacheSettings,
  DEFAULT_CACHE_PROFILE,
} from './cache-profile.js'
import { FuseError } from './fuse-error.js'

const AUTO_INVALIDATE: readonly AutoInvalidate[] = ['auto', 'explicit', 'off']
/** By name, what a knob takes. */
const KNOBS: Readonly<Record<keyof CacheKnobs, 'profile' | 'time' | 'switch' | 'autoInvalidate'>> =
  {
    profile: 'profile',
    entryTimeoutMs: 'time',
    attributesTimeoutMs: 'time',
    negativeTimeoutMs: 'time',
    keepCache: 'switch',
    directIo: 'switch',
    sharedMmap: 'switch',
    autoInvalidate: 'autoInvalidate',
    writeback: 'switch',
    cacheSymlinks: 'switch',
    cacheDirectories: 'switch',
    remoteChanges: 'switch',
  }

/**
 * Later choices go over earlier ones, knob by knob; one that names a profile takes the place of all before it.
 * @throws FuseError ERR_FUSE_BAD_CACHE for an unknown profile or knob, a value out of range, or knobs that harm
 * each other
 */
export function resolveCache(...choices: readonly (CacheChoice | undefined)[]): CacheKnobs {
  let given: CacheSettings = {}
  for (const choice of choices) {
    const settings = checkCacheChoice(choice ?? {})
    given = settings.profile === undefined ? { ...given, ...settings } : settings
  }
  const { profile = DEFAULT_CACHE_PROFILE } = given
  const knobs = { ...CACHE_PROFILES[profile], ...given, profile }
  checkHarm(knobs)
  return knobs
}

/** Names and ranges only: what a choice lies over may be known elsewhere. @throws FuseError ERR_FUSE_BAD_CACHE */
export function checkCacheChoice(choice: CacheChoice): CacheSettings {
  const settings = typeof choice === 'string' ? { profile: choice } : choice
  if (typeof settings !== 'object' || settings === null)
    throw bad(`cache: expected a profile or an object, got ${String(settings)}`)
  // A knob that is there without a value is absent: it must not hide what it lies over.
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined)
  for (const [name, value] of entries) checkKnob(name, value)
  return Object.fromEntries(entries)
}

function checkKnob(name: string, value: unknown): void {
  if (!Object.hasOwn(KNOBS, name))
    throw bad(`cache: unknown knob ${name}; there are ${Object.keys(KNOBS).join(', ')}`)
  const expected = expectation(KNOBS[name as keyof CacheKnobs], value)
  if (expected !== undefined) throw bad(`cache: ${name} is ${show(value)}, expected ${expected}`)
}

/** What should have been given; undefined if it was. */
function expectation(kind: string, value: unknown): string | undefined {
  if (kind === 'switch') return typeof value === 'boolean' ? undefined : 'true or false'
  if (kind === 'time') {
    const isTime = typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
    return isTime ? undefined : 'milliseconds from 0 to 2^53-1'
  }
  const words: readonly string[] =
    kind === 'profile' ? (Object.keys(CACHE_PROFILES) as CacheProfileName[]) : AUTO_INVALIDATE
  return words.some((word) => word === value) ? undefined : `one of ${words.join(', ')}`
}

function checkHarm(knobs: CacheKnobs): void {
  if (!knobs.remoteChanges) return
  // The kernel ignores what the daemon says of size and times of a file (fs/fuse/inode.c fuse_get_cache_mask()).
  if (knobs.writeback)
    throw bad(
      'cache: writeback with remoteChanges: the kernel would never see sizes that others change; ' +
        'say remoteChanges: false if nobody else changes them',
    )
  if (knobs.profile === 'immutable')
    throw bad('cache: immutable with remoteChanges: what changes is not immutable')
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

function bad(message: string): FuseError {
  return new FuseError('ERR_FUSE_BAD_CACHE', message)
}
