// A flat directory in memory that may be shown under other owners: files have the owner that their name tells
// (`uid-gid`), or who made them. Each call records whom the context names, before anything is mapped back.

import { defineFilesystem, FsError, type RequestContext } from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

export interface IdmappedEvent {
  readonly call: 'mkdir' | 'create' | 'symlink' | 'getattr' | 'setattr' | 'unlink'
  readonly path: string
  /** Absent where the context has none, as in the context. */
  readonly uid?: number | undefined
  readonly gid?: number | undefined
  readonly changes?: { readonly uid?: number; readonly gid?: number; readonly mode?: number }
}

interface Owned {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

export default defineFilesystem({
  options: EVENTS_OPTION,
  want: ['ALLOW_IDMAP', 'SECURITY_CTX'],
  cache: { entryTimeoutMs: 0, attributesTimeoutMs: 0 },
  create({ options }) {
    const record: (event: IdmappedEvent) => void = recorder(options.events)
    const files = new Map<string, Owned>([
      ['/', { mode: 0o40777, uid: 0, gid: 0 }],
      ['/0-0', { mode: 0o100644, uid: 0, gid: 0 }],
      ['/7-8', { mode: 0o100644, uid: 7, gid: 8 }],
      ['/5000-5000', { mode: 0o100644, uid: 5000, gid: 5000 }],
    ])
    const find = (path: string): Owned => {
      const found = files.get(path)
      if (found === undefined) throw new FsError('ENOENT')
      return found
    }
    const make = (path: string, mode: number, { uid = -1, gid = -1 }: RequestContext): void => {
      files.set(path, { mode, uid, gid })
    }
    return {
      getattr(path, _file, { uid, gid }) {
        const found = find(path)
        record({ call: 'getattr', path, uid, gid })
        return found
      },
      mkdir(path, mode, context) {
        const { uid, gid } = context
        record({ call: 'mkdir', path, uid, gid })
        make(path, 0o40000 | mode, context)
      },
      create(path, mode, _flags, context) {
        const { uid, gid } = context
        record({ call: 'create', path, uid, gid })
        make(path, 0o100000 | mode, context)
      },
      symlink(_target, path, context) {
        const { uid, gid } = context
        record({ call: 'symlink', path, uid, gid })
        make(path, 0o120777, context)
      },
      setattr(path, changes, _file, context) {
        const { uid, gid } = context
        record({ call: 'setattr', path, uid, gid, changes })
        const found = find(path)
        const { mode = found.mode } = changes
        files.set(path, { ...found, ...changes, mode: (found.mode & ~0o7777) | (mode & 0o7777) })
      },
      unlink(path, context) {
        record({ call: 'unlink', path, uid: context.uid, gid: context.gid })
        files.delete(path)
      },
    }
  },
})
