// Every way for a path handler to fail: the name of a file says which handler fails, and how.

import { defineFilesystem, FsError } from '@fuseloop/core'
import { EVENTS_OPTION } from '../../support/event-log.js'

/** How a handler ends wrongly: by throwing, rejecting, or returning what it must not. */
const FAILURES: Readonly<Record<string, () => unknown>> = {
  'throw-EACCES': () => {
    throw new FsError('EACCES')
  },
  'throw-errno-exception': () => {
    throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
  },
  'throw-ENOSYS': () => {
    throw new FsError('ENOSYS')
  },
  'throw-unknown-code': () => {
    throw Object.assign(new Error('what'), { code: 'EWHATEVER' })
  },
  'throw-error': () => {
    throw new Error('a bug')
  },
  'throw-undefined': () => {
    throw undefined
  },
  'throw-string': () => {
    throw 'a string'
  },
  'throw-bare-object': () => {
    throw Object.create(null)
  },
  'throw-hostile-object': () => {
    throw Object.defineProperty({}, 'code', {
      get: () => {
        throw new Error('not even the code')
      },
    })
  },
  'reject-ENXIO': () => Promise.reject(new FsError('ENXIO')),
  'reject-error': () => Promise.reject(new Error('an async bug')),
  'reject-undefined': () => Promise.reject(undefined),
  NaN: () => Number.NaN,
  negative: () => -1,
  fraction: () => 1.5,
  'too-large': () => 1e9,
  bigint: () => 1n,
  string: () => 'text',
  null: () => null,
  undefined: () => undefined,
  symbol: () => Symbol('s'),
  function: () => () => 1,
  'bare-object': () => ({}),
  'hostile-thenable': () => ({
    // biome-ignore lint/suspicious/noThenProperty: a thenable by intent
    then: () => {
      throw new Error('a bad then')
    },
  }),
  'bad-mode': () => ({ mode: Number.NaN }),
  'bad-size': () => ({ mode: 0o100444, size: -1 }),
  'bad-time': () => ({ mode: 0o100444, mtime: 'yesterday' }),
  'bad-handle': () => ({ handle: -1 }),
  'list-of-numbers': () => [1, 2],
  'list-of-null': () => ['good', null],
  'list-with-slash': () => ['a/b'],
  'list-with-empty': () => [''],
  'list-that-throws': function* () {
    yield 'good'
    throw new Error('in the middle')
  },
  'list-of-promises': () => [Promise.resolve('good')],
}

/** Names are METHOD:FAILURE, in any directory. */
function failureFor(method: string, path: string): (() => unknown) | undefined {
  const [given, failure] = path.slice(path.lastIndexOf('/') + 1).split(':')
  return given === method && failure !== undefined ? FAILURES[failure] : undefined
}

// biome-ignore lint/suspicious/noExplicitAny: what handlers return here is wrong by intent
type Anything = any

export default defineFilesystem({
  options: EVENTS_OPTION,
  cache: { entryTimeoutMs: 0, attributesTimeoutMs: 0 },
  create: () => ({
    getattr(path, file): Anything {
      const fail = failureFor('getattr', path)
      if (fail !== undefined) return fail()
      if (path === '/' || /readdir:|opendir:/.test(path)) return { mode: 0o40755, nlink: 2 }
      if (path.startsWith('/readlink:')) return { mode: 0o120777, size: 4 }
      if (file === undefined && /^\/(create|mkdir):/.test(path)) throw new FsError('ENOENT')
      return { mode: 0o100666, size: 4 }
    },
    setattr: (path): Anything => failureFor('setattr', path)?.(),
    readlink: (path): Anything => failureFor('readlink', path)?.(),
    open: (path): Anything => (failureFor('open', path) ?? (() => ({ directIo: true })))(),
    create: (path): Anything => failureFor('create', path)?.(),
    opendir: (path): Anything => failureFor('opendir', path)?.(),
    readdir: (path): Anything => (failureFor('readdir', path) ?? (() => ['good']))(),
    statfs: (path): Anything => failureFor('statfs', path)?.(),
    read: (file, buffer, position): Anything => {
      const fail = failureFor('read', file.path)
      return fail === undefined ? Buffer.from('good').copy(buffer, 0, position) : fail()
    },
    write: (file, buffer): Anything => (failureFor('write', file.path) ?? (() => buffer.length))(),
    flush: (file): Anything => failureFor('flush', file.path)?.(),
    release: (file): Anything => failureFor('release', file.path)?.(),
    unlink: (path): Anything => failureFor('unlink', path)?.(),
    mkdir: (path): Anything => failureFor('mkdir', path)?.(),
  }),
})
