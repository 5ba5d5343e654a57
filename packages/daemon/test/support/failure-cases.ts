// How filesystems/failing.ts fails, and what its client gets for it: the same by every way to the handlers.

/** What fails: METHOD:FAILURE as filesystems/failing.ts reads it, and the errno for the client. */
export type Case = readonly [name: string, code: string]

/** Thrown and rejected; the same for every method. */
const THROWN: readonly (readonly [string, string])[] = [
  ['throw-EACCES', 'EACCES'],
  ['throw-errno-exception', 'ENOSPC'],
  ['throw-ENOSYS', 'EIO'],
  ['throw-unknown-code', 'EIO'],
  ['throw-error', 'EIO'],
  ['throw-undefined', 'EIO'],
  ['throw-string', 'EIO'],
  ['throw-bare-object', 'EIO'],
  ['throw-hostile-object', 'EIO'],
  ['reject-ENXIO', 'ENXIO'],
  ['reject-error', 'EIO'],
  ['reject-undefined', 'EIO'],
]

const thrownBy = (...methods: string[]): Case[] =>
  methods.flatMap((method) => THROWN.map(([how, code]): Case => [`${method}:${how}`, code]))

const wrongResults = (method: string, ...failures: string[]): Case[] =>
  failures.map((failure): Case => [`${method}:${failure}`, 'EIO'])

const NO_COUNTS = ['NaN', 'negative', 'fraction', 'too-large', 'bigint', 'string', 'null'].concat([
  'undefined',
  'symbol',
  'function',
  'bare-object',
  'hostile-thenable',
])
const NO_ATTRIBUTES = [
  'NaN',
  'bigint',
  'string',
  'null',
  'undefined',
  'function',
  'bare-object',
].concat(['bad-mode', 'bad-size', 'bad-time'])
const NO_HANDLES = ['negative', 'fraction', 'NaN', 'bigint', 'string', 'null', 'bad-handle']
const NO_LISTS = [
  'negative',
  'string',
  'null',
  'undefined',
  'bare-object',
  'list-of-numbers',
].concat([
  'list-of-null',
  'list-with-slash',
  'list-with-empty',
  'list-that-throws',
  'list-of-promises',
])

export const CASES: readonly Case[] = [
  ...thrownBy('getattr', 'open', 'read', 'write', 'flush', 'readdir', 'create', 'unlink', 'mkdir'),
  ...wrongResults('getattr', ...NO_ATTRIBUTES),
  ...wrongResults('read', ...NO_COUNTS),
  ...wrongResults('write', ...NO_COUNTS),
  ...wrongResults('open', ...NO_HANDLES),
  ...wrongResults('create', ...NO_HANDLES),
  ...wrongResults('opendir', ...NO_HANDLES),
  ...wrongResults('readdir', ...NO_LISTS),
  ...wrongResults('readlink', 'NaN', 'null', 'undefined', 'bare-object'),
]

/** What LOOKUP of each name in filesystems/failing-inode.ts gives. */
export const LOOKUPS = {
  undefined: 'ENOENT',
  null: 'EIO',
  number: 'EIO',
  'no-attributes': 'EIO',
  'null-attributes': 'EIO',
  'no-mode': 'EIO',
  'bad-mode': 'EIO',
  'bigint-mode-too-large': 'EIO',
  'no-type': 'EIO',
  'empty-identity': 'EIO',
  'long-identity': 'EIO',
  'string-identity': 'EIO',
  'bad-timeout': 'EIO',
  'negative-timeout': 'EIO',
  'rejected-EPERM': 'EPERM',
}
