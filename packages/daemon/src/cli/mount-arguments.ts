// The command line of `fuseloop mount` as mount() takes it. What is checked there is left to it.

import type { ResourceLimits } from 'node:worker_threads'
import type { CacheProfileName, LockChoice, RawSettings, SessionLimits } from '@fuseloop/core'
import type { InterruptPolicy } from '@fuseloop/core/session'
import { usage } from '../command/failure.js'
import type { MountOrder } from '../command/mount-order.js'
import {
  parseByOperation,
  parseDuration,
  parsePolicies,
  parseResourceLimit,
  parseSize,
} from '../command/setting-values.js'
import { type MountOptions, parseMountOptions } from '../mount/mount-options.js'
import type { TransportSetting } from '../session/transport-choice.js'

export const PROGRAM = 'fuseloop'

export interface MountArguments {
  readonly order: MountOrder
  readonly foreground: boolean
  readonly logFile: string | undefined
}

/** As commander collects them. */
export interface MountFlags {
  readonly set?: RawSettings
  readonly loop?: 'single' | 'multi'
  readonly workers?: number
  readonly transport?: TransportSetting
  readonly options?: MountOptions
  readonly cache?: CacheProfileName
  readonly locks?: LockChoice
  readonly foreground?: boolean
  readonly debug?: boolean
  readonly log?: string
  readonly timeout?: Readonly<Record<string, number>>
  readonly timeoutCode?: string
  readonly interrupts?: Readonly<Record<string, InterruptPolicy>>
  readonly resourceLimit?: ResourceLimits
  readonly mountHelper?: string
  readonly limit?: SessionLimits
  readonly maxNodes?: number
  readonly rememberNodes?: number
  readonly maxRestarts?: number
  readonly readyTimeout?: number
}

export function mountArguments(
  filesystem: string,
  mountpoint: string,
  flags: MountFlags,
): MountArguments {
  const { set, loop, workers, transport, options, cache, locks } = flags
  const { timeout, timeoutCode, interrupts, resourceLimit, mountHelper } = flags
  const { limit, maxNodes, rememberNodes, maxRestarts, readyTimeout } = flags
  return {
    foreground: flags.foreground === true || flags.debug === true,
    logFile: flags.log,
    order: {
      program: PROGRAM,
      filesystem,
      mountpoint,
      settings: {
        ...(set !== undefined && { set }),
        ...(loop !== undefined && { loop }),
        ...(workers !== undefined && { workers }),
        ...(transport !== undefined && { transport }),
        ...(options !== undefined && { mountOptions: options }),
        ...(cache !== undefined && { cache }),
        ...(locks !== undefined && { locks }),
        ...(timeout !== undefined && { timeouts: timeout }),
        ...(timeoutCode !== undefined && { timeoutCode }),
        ...(interrupts !== undefined && { interrupts }),
        ...(resourceLimit !== undefined && { resourceLimits: resourceLimit }),
        ...(mountHelper !== undefined && { mountHelper }),
        ...(limit !== undefined && { limits: limit }),
        ...(flags.debug === true && { trace: true }),
        ...(maxNodes !== undefined && { maxNodes }),
        ...(rememberNodes !== undefined && { rememberNodes }),
        ...(maxRestarts !== undefined && { maxRestarts }),
        ...(readyTimeout !== undefined && { readyTimeoutMs: readyTimeout }),
      },
    },
  }
}

/** `key=value`, or a bare `key` for true. @throws FuseError ERR_FUSE_USAGE for a key given twice */
export function collectSetting(item: string, given: RawSettings = {}): RawSettings {
  const equals = item.indexOf('=')
  const name = equals < 0 ? item : item.slice(0, equals)
  if (name === '') throw usage(`--set ${item}: expected key=value`)
  if (Object.hasOwn(given, name)) throw usage(`--set ${name} is given twice`)
  return { ...given, [name]: equals < 0 ? true : item.slice(equals + 1) }
}

export function collectMountOptions(list: string, given: MountOptions = {}): MountOptions {
  return { ...given, ...parseMountOptions(list) }
}

export function collectTimeout(
  item: string,
  given: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  return { ...given, ...parseByOperation('--timeout', item, parseDuration) }
}

export function collectInterrupts(
  item: string,
  given: Readonly<Record<string, InterruptPolicy>> = {},
): Readonly<Record<string, InterruptPolicy>> {
  return { ...given, ...parsePolicies('--interrupts', item) }
}

export function collectResourceLimit(item: string, given: ResourceLimits = {}): ResourceLimits {
  return { ...given, ...parseResourceLimit('--resource-limit', item) }
}

/** Names are checked where limits are settled. */
export function collectLimit(item: string, given: SessionLimits = {}): SessionLimits {
  const equals = item.indexOf('=')
  if (equals < 1) throw usage(`--limit ${item}: expected name=size`)
  return { ...given, [item.slice(0, equals)]: parseSize('--limit', item.slice(equals + 1)) }
}
