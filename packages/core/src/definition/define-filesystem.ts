// What a filesystem module exports. A definition is inert: each worker that imports it calls `create` once
// and serves with the handlers it gets.

import type { WorkerIndex } from '../base/ids.js'
import type { InodeHandlers, Text } from '../inode/index.js'
import type { PathHandlers } from '../path/index.js'
import type { InitFlagName } from '../protocol/index.js'
import type {
  CacheChoice,
  FlagPreferences,
  InterruptPolicy,
  LockChoice,
  Notifier,
  RequestRules,
  SessionLimits,
} from '../session/index.js'
import type { OptionSchema, OptionValues } from './option-schema.js'

const BRAND = Symbol.for('fuseloop.definition')

/** Least important first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** One line for the daemon's log; never throws. */
export type Log = (level: LogLevel, message: string) => void

/** What `create` gets. */
export interface CreateArguments<O extends OptionSchema = OptionSchema> {
  /** What `set` gave, checked, with defaults. */
  readonly options: OptionValues<O>
  /** Index of this worker, from 0. */
  readonly worker: WorkerIndex
  readonly log: Log
  /** Tells the kernel what has changed: from any worker, at any time, without a detour over the main thread. */
  readonly notifier: Notifier
  /** The `services` object of `mount()`, reached by comlink from a worker; undefined if there is none. */
  readonly services: unknown
}

/** Names of operations, the same at both levels: those of `InodeHandlers`. */
export type OperationName = Exclude<keyof InodeHandlers, 'dispose' | 'forget'>

/** RequestRules with the names that there are. */
export interface DefinitionRules extends RequestRules {
  readonly timeouts?: Readonly<Partial<Record<OperationName | 'default', number>>>
  readonly interrupts?: Readonly<Partial<Record<OperationName | 'default', InterruptPolicy>>>
}

/** FlagPreferences of a definition, whose options may have a say. */
export interface FlagChoice<O extends OptionSchema = OptionSchema>
  extends Omit<FlagPreferences, 'want'> {
  /**
   * Asked for where the kernel offers it. A function where the filesystem's own options decide: it is called before
   * `create`, in each worker, and must give the same in all.
   */
  readonly want?: readonly InitFlagName[] | ((options: OptionValues<O>) => readonly InitFlagName[])
}

interface DefinitionBase<O extends OptionSchema> extends FlagChoice<O>, DefinitionRules {
  readonly options?: O
  /**
   * What the kernel may keep, and for how long: a profile's name, or knobs; `ttl` if absent. A function where the
   * filesystem's own options decide: it is called before `create`, in each worker, and must give the same in all.
   */
  readonly cache?: CacheChoice | ((options: OptionValues<O>) => CacheChoice)
  /** Sizes and numbers that INIT settles. */
  readonly limits?: SessionLimits
  /** Who keeps locks of files: see LockChoice, and docs/locks.md. */
  readonly locks?: LockChoice
  /**
   * Handlers block their thread while they wait (`fs.*Sync`, `Atomics.wait`): a worker is then brought one request at a
   * time, so that it keeps no other from a worker that has nothing to do. As many `workers` as requests are to be
   * served at once. False if absent.
   */
  readonly blocking?: boolean
}

/** What names and paths are for handlers: strings, invalid bytes of which are lone surrogates, or Buffers. */
export type Encoding = 'utf8' | 'buffer'
type TextOf<E extends Encoding> = E extends 'buffer' ? Buffer : string

interface DefinitionInput<O extends OptionSchema, E extends Encoding, Handlers>
  extends DefinitionBase<O> {
  /** Whether names and paths are strings (default) or Buffers. */
  readonly encoding?: E
  readonly create: (given: CreateArguments<O>) => Handlers | Promise<Handlers>
}

/** A branded, level-aware definition; made by the two functions below only. */
export interface FilesystemDefinition {
  readonly level: 'inode' | 'path'
  readonly options: OptionSchema
  readonly encoding: Encoding
  readonly cache: CacheChoice | ((options: OptionValues<OptionSchema>) => CacheChoice)
  readonly limits: SessionLimits
  readonly locks: LockChoice | undefined
  readonly blocking: boolean
  readonly flags: FlagChoice
  readonly rules: RequestRules
  readonly create: (
    given: CreateArguments,
  ) => Promise<InodeHandlers<Text, number | object> | PathHandlers<Text, number | object>>
}

/** Defines a filesystem by path handlers (`fuse_operations`). */
export function defineFilesystem<
  const O extends OptionSchema = Record<never, never>,
  E extends Encoding = 'utf8',
  // biome-ignore lint/suspicious/noExplicitAny: each filesystem has a handle type of its own
  H extends number | object = any,
>(input: DefinitionInput<O, E, PathHandlers<TextOf<E>, H>>): FilesystemDefinition {
  return define('path', input)
}

/** Defines a filesystem by inode handlers (`fuse_lowlevel_ops`). */
export function defineInodeFilesystem<
  const O extends OptionSchema = Record<never, never>,
  E extends Encoding = 'utf8',
  // biome-ignore lint/suspicious/noExplicitAny: each filesystem has a handle type of its own
  H extends number | object = any,
>(input: DefinitionInput<O, E, InodeHandlers<TextOf<E>, H>>): FilesystemDefinition {
  return define('inode', input)
}

/** Whether a value was made by one of the two functions, of this copy of the package or another. */
export function isFilesystemDefinition(value: unknown): value is FilesystemDefinition {
  return typeof value === 'object' && value !== null && BRAND in value
}

/** What a definition says of caching to whoever gave these options. */
export function cacheChoiceOf(
  { cache }: FilesystemDefinition,
  options: OptionValues<OptionSchema>,
): CacheChoice {
  return typeof cache === 'function' ? cache(options) : cache
}

/** INIT flags that a definition asks for with these options. */
export function flagsOf(
  { flags }: FilesystemDefinition,
  options: OptionValues<OptionSchema>,
): FlagPreferences {
  const { want = [], ...others } = flags
  return { ...others, want: typeof want === 'function' ? want(options) : want }
}

function define<O extends OptionSchema>(
  level: 'inode' | 'path',
  input: DefinitionInput<O, Encoding, unknown>,
): FilesystemDefinition {
  const { want = [], require = [], refuse = [] } = input
  const create = input.create as unknown as FilesystemDefinition['create']
  const definition: FilesystemDefinition = {
    level,
    options: input.options ?? {},
    encoding: input.encoding ?? 'utf8',
    cache: (input.cache ?? {}) as FilesystemDefinition['cache'],
    limits: input.limits ?? {},
    locks: input.locks,
    blocking: input.blocking ?? false,
    flags: { want, require, refuse } as FlagChoice,
    rules: rulesOf(input),
    create: async (given) => await create(given),
  }
  return Object.defineProperty(definition, BRAND, { value: true })
}

function rulesOf({ timeouts, timeoutCode, interrupts }: DefinitionRules): RequestRules {
  return {
    ...(timeouts !== undefined && { timeouts }),
    ...(timeoutCode !== undefined && { timeoutCode }),
    ...(interrupts !== undefined && { interrupts }),
  }
}
