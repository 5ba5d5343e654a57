// A path is a snapshot: while a handler runs, another client may move what it leads to. No lock is held; a handler
// that finds nothing there, though the node has moved meanwhile, is called once more with the path as it is by then.

import { isPromise } from '../inode/index.js'
import type { Inode } from './path-subject.js'

type Method = (...args: unknown[]) => unknown

/** What may be asked twice: operations that have changed nothing where they fail with ENOENT. */
const ASKED_AGAIN: readonly (keyof Inode)[] = [
  'lookup',
  'getattr',
  'setattr',
  'readlink',
  'statfs',
  'statx',
  'access',
  'open',
  'opendir',
  'readdir',
  'readdirplus',
  'unlink',
  'rmdir',
  'rename',
  'getxattr',
  'setxattr',
  'listxattr',
  'removexattr',
]

/** The same handlers, of which those are asked again. */
export function askingAgain(handlers: Inode): Inode {
  const again: Record<string, unknown> = { ...handlers }
  for (const name of ASKED_AGAIN) {
    const method = handlers[name]
    if (method !== undefined) again[name] = askAgain(method as Method)
  }
  return again as Inode
}

function askAgain(method: Method): Method {
  const asking: Method = (...args) => {
    const before = epochOf(args)
    const failed = (error: unknown): unknown => {
      if (!isMissing(error) || epochOf(args) === before) throw error
      return method(...args)
    }
    try {
      const result = method(...args)
      return isPromise(result) ? Promise.resolve(result).then(undefined, failed) : result
    } catch (error) {
      return failed(error)
    }
  }
  // How many arguments are declared says whether `rename` takes flags.
  return Object.defineProperty(asking, 'length', { value: method.length })
}

/** Of the nodes that the arguments are, or are open files of. */
function epochOf(args: readonly unknown[]): number {
  let sum = 0
  for (const given of args) {
    if (typeof given !== 'object' || given === null) continue
    const { epoch, node } = given as { epoch?: number; node?: { epoch?: number } }
    sum += epoch ?? node?.epoch ?? 0
  }
  return sum
}

function isMissing(error: unknown): boolean {
  try {
    return (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
  } catch {
    // A getter or proxy that throws itself.
    return false
  }
}
