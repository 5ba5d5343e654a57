// Values of options of commands, from text. `name` is the option as the user wrote it.

import { readSettings } from '@fuseloop/core'
import { usage } from './failure.js'

/** @throws FuseError ERR_FUSE_USAGE for anything but decimal digits */
export function parseCount(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw usage(`${name} takes a number, got '${text}'`)
  return Number(text)
}

/** In ms: '30s', '500ms', '2m'. @throws FuseError ERR_FUSE_BAD_OPTION */
export function parseDuration(name: string, text: string): number {
  const schema = { [name]: { type: 'duration' } } as const
  return readSettings(schema, { [name]: text }, '')[name] as number
}

/** In bytes: '128K', '1M'. @throws FuseError ERR_FUSE_BAD_OPTION */
export function parseSize(name: string, text: string): number {
  const schema = { [name]: { type: 'size' } } as const
  return readSettings(schema, { [name]: text }, '')[name] as number
}

/**
 * `value` for all operations, or `operation=value` for one.
 * @throws FuseError as `parse` does
 */
export function parseByOperation<V>(
  name: string,
  text: string,
  parse: (name: string, text: string) => V,
): Record<string, V> {
  const equals = text.indexOf('=')
  if (equals < 0) return { default: parse(name, text) }
  return { [text.slice(0, equals)]: parse(name, text.slice(equals + 1)) }
}
