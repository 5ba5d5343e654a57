// Values of options of commands, from text. `name` is the option as the user wrote it.

import type { ResourceLimits } from 'node:worker_threads'
import { readSettings } from '@fuseloop/core'
import type { InterruptPolicy } from '@fuseloop/core/session'
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

/** Names of the command line, of MiB in node's Worker. */
const RESOURCE_LIMITS: Readonly<Record<string, keyof ResourceLimits>> = {
  heap: 'maxOldGenerationSizeMb',
  youngHeap: 'maxYoungGenerationSizeMb',
  code: 'codeRangeSizeMb',
  stack: 'stackSizeMb',
}

/** `name=size`: 'heap=256M'. @throws FuseError ERR_FUSE_USAGE or ERR_FUSE_BAD_OPTION */
export function parseResourceLimit(name: string, text: string): ResourceLimits {
  const equals = text.indexOf('=')
  const limit = text.slice(0, Math.max(equals, 0))
  if (!Object.hasOwn(RESOURCE_LIMITS, limit))
    throw usage(`${name} ${text}: expected heap=size, youngHeap=size, code=size or stack=size`)
  return { [RESOURCE_LIMITS[limit] as string]: parseSize(name, text.slice(equals + 1)) / 2 ** 20 }
}

/** `read=answer`; policies are checked where rules are settled. */
export function parsePolicies(name: string, text: string): Record<string, InterruptPolicy> {
  return parseByOperation(name, text, (_name, policy) => policy as InterruptPolicy)
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
