// The options a filesystem declares, and the check of what `set` or `--set key=value` gave for them.
// Values come as strings from a command line or typed from a program; both end as the declared type.

import { resolve } from 'node:path'
import { FuseError } from '../session/index.js'

interface OptionBase<V> {
  readonly default?: V
  readonly required?: boolean
  /** One line for the help text. */
  readonly description?: string
}

/** string; number; boolean (bare `--set x` is true); size in bytes ('64M'); duration in ms ('2s'); path (made absolute). */
export type OptionSpec =
  | (OptionBase<string> & { readonly type: 'string' })
  | (OptionBase<number> & { readonly type: 'number' })
  | (OptionBase<boolean> & { readonly type: 'boolean' })
  | (OptionBase<number | string> & { readonly type: 'size' })
  | (OptionBase<number | string> & { readonly type: 'duration' })
  | (OptionBase<string> & { readonly type: 'path' })
  | (OptionBase<string> & { readonly type: 'enum'; readonly values: readonly string[] })

/** The options of a filesystem by name. */
export type OptionSchema = Readonly<Record<string, OptionSpec>>

type ValueOf<S extends OptionSpec> = S extends { type: 'number' | 'size' | 'duration' }
  ? number
  : S extends { type: 'boolean' }
    ? boolean
    : S extends { type: 'enum'; values: readonly (infer V)[] }
      ? V
      : string

type IsGiven<S extends OptionSpec> = S extends { required: true } | { default: unknown }
  ? true
  : false

/** The values a schema gives: defaulted and required ones are always there. */
export type OptionValues<O extends OptionSchema> = {
  readonly [K in keyof O]: IsGiven<O[K]> extends true ? ValueOf<O[K]> : ValueOf<O[K]> | undefined
}

/** What `set` may hold before it is checked: strings, as from a command line, or values of the declared types. */
export type RawSettings = Readonly<Record<string, unknown>>

/**
 * Checks `settings` against `schema`.
 * @param directory what relative paths are resolved against
 * @throws FuseError ERR_FUSE_BAD_OPTION naming the option and what it takes
 */
export function readSettings<O extends OptionSchema>(
  schema: O,
  settings: RawSettings,
  directory: string,
): OptionValues<O> {
  for (const name of Object.keys(settings)) {
    if (!Object.hasOwn(schema, name)) {
      const known = Object.keys(schema)
      throw bad(
        `unknown option '${name}'; ${known.length > 0 ? `there is ${known.join(', ')}` : 'this filesystem takes none'}`,
      )
    }
  }
  const values: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(schema)) {
    const given = Object.hasOwn(settings, name) ? settings[name] : spec.default
    if (given === undefined) {
      if (spec.required === true) throw bad(`option '${name}' is required (${describe(spec)})`)
      values[name] = undefined
    } else {
      values[name] = readValue(name, spec, given, directory)
    }
  }
  return values as OptionValues<O>
}

function readValue(name: string, spec: OptionSpec, given: unknown, directory: string): unknown {
  const value = convert(spec, given, directory)
  if (value === undefined)
    throw bad(`option '${name}': ${JSON.stringify(given)} is not ${describe(spec)}`)
  return value
}

function convert(spec: OptionSpec, given: unknown, directory: string): unknown {
  switch (spec.type) {
    case 'string':
      return typeof given === 'string' ? given : undefined
    case 'path':
      return typeof given === 'string' && given !== '' ? resolve(directory, given) : undefined
    case 'enum':
      return typeof given === 'string' && spec.values.includes(given) ? given : undefined
    case 'boolean':
      return typeof given === 'boolean' ? given : own(BOOLEANS, String(given))
    case 'number':
      return scaled(given, { '': 1 })
    case 'size':
      return notNegative(scaled(given, SIZE_UNITS))
    case 'duration':
      return notNegative(scaled(given, DURATION_UNITS))
  }
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  yes: true,
  no: false,
  '1': true,
  '0': false,
}
const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
}
const DURATION_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

function scaled(given: unknown, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof given === 'number') return Number.isFinite(given) ? given : undefined
  const match = typeof given === 'string' ? /^(-?\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(given) : null
  const unit = own(units, match?.[2] ?? '?')
  if (match === null || unit === undefined) return undefined
  const value = Number(match[1]) * unit
  return Number.isFinite(value) ? value : undefined
}

function notNegative(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 ? value : undefined
}

/** Without what every object inherits: 'constructor' is no unit. */
function own<V>(table: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

function describe(spec: OptionSpec): string {
  switch (spec.type) {
    case 'string':
      return 'a string'
    case 'path':
      return 'a path'
    case 'number':
      return 'a number'
    case 'boolean':
      return 'true or false'
    case 'size':
      return 'a size such as 64M (K, M, G, T)'
    case 'duration':
      return 'a duration such as 2s (ms, s, m, h, d)'
    case 'enum':
      return `one of ${spec.values.join(', ')}`
  }
}

function bad(message: string): FuseError {
  return new FuseError('ERR_FUSE_BAD_OPTION', message)
}
