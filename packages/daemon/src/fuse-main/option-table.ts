// The options after -o that are not the filesystem's own: libfuse's, and those of this framework. What is in no
// row goes to the kernel's mount, which refuses what it does not know. docs/command.md has the same rows in words.

import { MAX_WORKERS } from '@fuseloop/core/ring'
import { CACHE_PROFILES, type CacheProfileName, FuseError } from '@fuseloop/core/session'
import {
  parseByOperation,
  parseCount,
  parseDuration,
  parsePolicies,
  parseResourceLimit,
} from '../command/setting-values.js'
import { TRANSPORT_SETTINGS } from '../session/transport-choice.js'
import type { Choices } from './choices.js'

interface Row {
  readonly takesValue: boolean
  /** Absent where the option has no effect. @throws FuseError ERR_FUSE_USAGE for a bad value */
  readonly choose?: (choices: Choices, value: string, name: string) => void
}

const bare = (choose?: (choices: Choices) => void): Row => ({
  takesValue: false,
  ...(choose !== undefined && { choose }),
})
const valued = (choose?: (choices: Choices, value: string, name: string) => void): Row => ({
  takesValue: true,
  ...(choose !== undefined && { choose }),
})
const limit = (name: keyof Choices['limits']): Row =>
  valued((choices, value, option) => {
    choices.limits[name] = parseCount(option, value)
  })
/** libfuse's timeouts are seconds, with fractions. */
const lifetime = (name: 'entryTimeoutMs' | 'attributesTimeoutMs' | 'negativeTimeoutMs'): Row =>
  valued((choices, value, option) => {
    choices.cache[name] = parseSeconds(option, value)
  })
const mask = (...names: readonly ('fileMask' | 'directoryMask')[]): Row =>
  valued(({ ownership }, value, option) => {
    if (!/^0*[0-7]{1,3}$/.test(value)) throw bad(`option '${option}': '${value}' is no octal mask`)
    for (const name of names) ownership[name] = Number.parseInt(value, 8)
  })

/** Of rememberNodes: all that there are. */
const MOST_NODES = 0xffff_ffff

const ROWS: Readonly<Record<string, Row>> = {
  debug: bare((choices) => {
    choices.foreground = true
    choices.settings.trace = true
  }),
  max_threads: valued((choices, value, name) => {
    const most = parseCount(name, value)
    if (most === 0) throw bad(`option '${name}': no thread would be left to serve`)
    choices.settings.workers = Math.min(most, MAX_WORKERS)
  }),
  max_idle_threads: valued(),
  clone_fd: bare(),
  // The cache of files.
  kernel_cache: bare(({ cache }) => {
    cache.keepCache = true
  }),
  auto_cache: bare(({ cache }) => {
    cache.keepCache = true
    cache.autoInvalidate = 'auto'
  }),
  noauto_cache: bare(({ cache }) => {
    cache.keepCache = false
  }),
  entry_timeout: lifetime('entryTimeoutMs'),
  attr_timeout: lifetime('attributesTimeoutMs'),
  negative_timeout: lifetime('negativeTimeoutMs'),
  ac_attr_timeout: valued(),
  writeback_cache: bare(({ cache }) => {
    cache.writeback = true
    cache.remoteChanges = false
  }),
  no_writeback_cache: bare(({ cache }) => {
    cache.writeback = false
  }),
  auto_inval_data: bare(({ cache }) => {
    cache.autoInvalidate = 'auto'
  }),
  no_auto_inval_data: bare(({ cache }) => {
    cache.autoInvalidate = 'off'
  }),
  no_rofd_flush: bare(),
  noforget: bare(({ settings }) => {
    settings.rememberNodes = MOST_NODES
  }),
  remember: valued(),
  parallel_direct_write: valued(),
  // Owner and permissions.
  uid: valued(({ ownership }, value, name) => {
    ownership.uid = parseCount(name, value)
  }),
  gid: valued(({ ownership }, value, name) => {
    ownership.gid = parseCount(name, value)
  }),
  umask: mask('fileMask', 'directoryMask'),
  fmask: mask('fileMask'),
  dmask: mask('directoryMask'),
  // What INIT settles.
  max_write: limit('maxWrite'),
  max_readahead: limit('maxReadahead'),
  max_background: limit('maxBackground'),
  congestion_threshold: limit('congestionThreshold'),
  time_gran: limit('timeGranularity'),
  no_remote_lock: bare((choices) => {
    choices.locks = 'kernel'
  }),
  splice_read: bare(),
  no_splice_read: bare(),
  splice_write: bare(),
  no_splice_write: bare(),
  splice_move: bare(),
  no_splice_move: bare(),
  io_uring: bare(),
  io_uring_q_depth: valued(),
  // This framework's.
  cache: valued(({ cache }, value, name) => {
    cache.profile = oneOf(name, value, Object.keys(CACHE_PROFILES) as CacheProfileName[])
  }),
  locks: valued((choices, value, name) => {
    choices.locks = oneOf(name, value, ['kernel', 'session'] as const)
  }),
  interrupts: valued(({ settings }, value, name) => {
    settings.interrupts = { ...settings.interrupts, ...parsePolicies(name, value) }
  }),
  log: valued((choices, value) => {
    choices.logFile = value
  }),
  max_nodes: valued(({ settings }, value, name) => {
    settings.maxNodes = parseCount(name, value)
  }),
  max_restarts: valued(({ settings }, value, name) => {
    settings.maxRestarts = parseCount(name, value)
  }),
  mount_helper: valued(({ settings }, value) => {
    settings.mountHelper = value
  }),
  remember_nodes: valued(({ settings }, value, name) => {
    settings.rememberNodes = parseCount(name, value)
  }),
  resource_limit: valued(({ settings }, value, name) => {
    settings.resourceLimits = { ...settings.resourceLimits, ...parseResourceLimit(name, value) }
  }),
  timeout: valued(({ settings }, value, name) => {
    settings.timeouts = { ...settings.timeouts, ...parseByOperation(name, value, parseDuration) }
  }),
  timeout_code: valued(({ settings }, value) => {
    settings.timeoutCode = value
  }),
  ready_timeout: valued(({ settings }, value, name) => {
    settings.readyTimeoutMs = parseDuration(name, value)
  }),
  transport: valued(({ settings }, value, name) => {
    settings.transport = oneOf(name, value, TRANSPORT_SETTINGS)
  }),
}

/** Options of libfuse that would change what clients see, and cannot be had: ignoring them would be a lie. */
const REFUSED: Readonly<Record<string, string>> = {
  allow_root: 'allow_other with default_permissions lets owners and permissions decide',
  blkdev: 'a filesystem here serves no block device',
  drop_privileges: 'setuid=USER serves as that user',
  ...named(
    ['modules', 'subdir', 'rellinks', 'norellinks', 'from_code', 'to_code'],
    'libfuse modules cannot be loaded',
  ),
  ...named(
    [
      'async_read',
      'sync_read',
      'atomic_o_trunc',
      'async_dio',
      'no_async_dio',
      'readdirplus',
      'no_remote_flock',
      'no_remote_posix_lock',
    ],
    'the filesystem settles it (want, refuse and locks of its definition)',
  ),
}

/** Options that others read: mount(8), fstab(5), systemd.mount(5). */
const OF_OTHERS: ReadonlySet<string> = new Set([
  'defaults',
  'auto',
  'noauto',
  'nofail',
  'user',
  'nouser',
  'users',
  'owner',
  'group',
  '_netdev',
  'comment',
])

/**
 * Takes one item of an -o list. False if it is in no row here.
 * @throws FuseError ERR_FUSE_USAGE for an option that is refused, or a value that is not its
 */
export function chooseOption(choices: Choices, name: string, value: string | undefined): boolean {
  if (OF_OTHERS.has(name) || /^[xX]-/.test(name)) return true
  if (Object.hasOwn(REFUSED, name)) throw bad(`option '${name}' is not supported: ${REFUSED[name]}`)
  const row = Object.hasOwn(ROWS, name) ? ROWS[name] : undefined
  if (row === undefined) return false
  if (row.takesValue && value === undefined) throw bad(`option '${name}' needs a value`)
  if (!row.takesValue && value !== undefined)
    throw bad(`option '${name}' takes no value, got '${value}'`)
  row.choose?.(choices, value ?? '', name)
  return true
}

function named(names: readonly string[], why: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, why]))
}

function parseSeconds(name: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw bad(`option '${name}': '${text}' is no number of seconds`)
  return Math.round(Number(text) * 1000)
}

function oneOf<W extends string>(name: string, text: string, words: readonly W[]): W {
  const found = words.find((word) => word === text)
  if (found === undefined)
    throw bad(`option '${name}': '${text}' is not one of ${words.join(', ')}`)
  return found
}

function bad(message: string): FuseError {
  return new FuseError('ERR_FUSE_USAGE', message)
}

/** All names that are known here, for the document's test. */
export function optionNames(): string[] {
  return [...Object.keys(ROWS), ...Object.keys(REFUSED), ...OF_OTHERS]
}
