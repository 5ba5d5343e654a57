// Path handlers that note their calls, adapted to the inode API, and what they are called with.

import type {
  AttributeChanges,
  InodeHandlers,
  InodeNode,
  OpenFile,
  Text,
} from '@fuseloop/core/inode'
import { adaptPathHandlers, type PathHandlers } from '@fuseloop/core/path'
import type { RequestContext } from '@fuseloop/core/session'

export type Handle = number | object
export type Given = PathHandlers<Text, Handle>
export type Name = keyof Given

export const CONTEXT = { worker: 0 } as RequestContext
export const ATTRIBUTES = { mode: 0o100644, size: 5 } as never
export const O_RDWR = 2

export const ROOT = node('')
export const DIRECTORY = node('a/b')
export const FILE = node('a/f')
export const UNLINKED = node(undefined)

export function node(path: Text | undefined): InodeNode<Text> {
  return { nodeid: 5, identity: new Uint8Array(0), path }
}

export function open(of: InodeNode<Text>, handle: Handle = 7): OpenFile<Text, Handle> {
  return { node: of, handle, flags: O_RDWR }
}

export type Call = readonly [method: string, ...given: unknown[]]

/** Path handlers that note what they are called with, the context left out, and return what `answers` says. */
export function recorder(
  answers: Readonly<Record<string, unknown>> = {},
  asynchronous = false,
): { given: Given; calls: Call[]; adapted: Required<InodeHandlers<Text, Handle>> } {
  const calls: Call[] = []
  const given: Record<string, unknown> = {}
  for (const method of METHODS) {
    given[method] = function (this: unknown, ...args: unknown[]) {
      if (this !== given) throw new Error(`${method}: this is lost`)
      const context = args.at(-1)
      if (context !== CONTEXT && method !== 'dispose') throw new Error(`${method}: no context`)
      calls.push([method, ...args.slice(0, -1)])
      const answer = method === 'getattr' ? ATTRIBUTES : answers[method]
      return asynchronous ? Promise.resolve(answer) : answer
    }
  }
  const adapted = adaptPathHandlers(given as Given) as Required<InodeHandlers<Text, Handle>>
  return { given: given as Given, calls, adapted }
}

export const METHODS: readonly Name[] = [
  'getattr',
  'setattr',
  'readlink',
  'symlink',
  'mknod',
  'mkdir',
  'unlink',
  'rmdir',
  'rename',
  'link',
  'open',
  'create',
  'tmpfile',
  'read',
  'write',
  'flush',
  'release',
  'fsync',
  'opendir',
  'readdir',
  'readdirplus',
  'releasedir',
  'fsyncdir',
  'statfs',
  'access',
  'setxattr',
  'getxattr',
  'listxattr',
  'removexattr',
  'fallocate',
  'lseek',
  'copy_file_range',
  'syncfs',
  'ioctl',
  'poll',
  'statx',
  'bmap',
  'dispose',
]

export const BUFFER = Buffer.alloc(4)
export const CHANGES: AttributeChanges = { mode: 0o600 }
export const DETAILS = { argument: 1n, isDirectory: false, isCompat: false, is32Bit: false }
export const F = { path: '/a/f', handle: 7, flags: O_RDWR }
export const D = { path: '/a/b', handle: 7, flags: O_RDWR }
export const ENTRY = { attributes: ATTRIBUTES }
