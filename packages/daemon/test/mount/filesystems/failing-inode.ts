// What lookup and other handlers of the inode API may return wrongly: the name of a file says what.

import { defineInodeFilesystem, FsError } from '@fuseloop/core'
import { EVENTS_OPTION } from '../../support/event-log.js'

// biome-ignore lint/suspicious/noExplicitAny: what handlers return here is wrong by intent
type Anything = any

const FILE = { mode: 0o100666, size: 4 }
const identity = (name: string): Uint8Array => Buffer.from(name.padEnd(8, '.'))

const ENTRIES: Readonly<Record<string, () => Anything>> = {
  undefined: () => undefined,
  null: () => null,
  number: () => 1,
  'no-attributes': () => ({ identity: identity('a') }),
  'null-attributes': () => ({ attributes: null }),
  'no-mode': () => ({ attributes: { size: 1 } }),
  'bad-mode': () => ({ identity: identity('b'), attributes: { mode: 'rw' } }),
  'bigint-mode-too-large': () => ({ attributes: { mode: 1n << 70n } }),
  'no-type': () => ({ attributes: { mode: 0o644 } }),
  'empty-identity': () => ({ identity: new Uint8Array(0), attributes: FILE }),
  'long-identity': () => ({ identity: new Uint8Array(65), attributes: FILE }),
  'string-identity': () => ({ identity: 'text', attributes: FILE }),
  'bad-timeout': () => ({ attributes: FILE, entryTimeoutMs: Number.NaN }),
  'negative-timeout': () => ({ attributes: FILE, attributesTimeoutMs: -1 }),
  'rejected-EPERM': () => Promise.reject(new FsError('EPERM')),
}

export default defineInodeFilesystem({
  options: EVENTS_OPTION,
  create: () => ({
    lookup: (_parent, name): Anything =>
      name in ENTRIES
        ? ENTRIES[name]?.()
        : { identity: identity(name.slice(0, 20)), attributes: FILE },
    getattr: (node): Anything => (node.nodeid === 1 ? { mode: 0o40755, nlink: 2 } : FILE),
    setattr: (node): Anything => (node.path?.startsWith('setattr') ? { size: 4 } : FILE),
    open: () => ({ directIo: true }),
    read: (_file, buffer, position) => Buffer.from('good').copy(buffer, 0, position),
    release: (file) => {
      if (file.node.path === 'release') throw new FsError('EACCES')
    },
    forget: () => {
      throw new Error('forget fails')
    },
    mkdir: (): Anything => 1,
    statfs: (): Anything => ({ blocks: 'many' }),
  }),
})
