// How a node, a name in it or an open file becomes the path that path handlers get.
// The path is a snapshot taken when the handler starts; no lock is held while it runs.

import {
  answerForError,
  type Entry,
  FsError,
  type InodeHandlers,
  type InodeNode,
  isPromise,
  type OpenFile,
  type Text,
} from '../inode/index.js'
import { Errno } from '../protocol/index.js'
import type { RequestContext } from '../session/index.js'
import type { PathFile, PathHandlers } from './path-handlers.js'

/** Adapted handlers take either kind of handle and of text. */
export type Handle = number | object
export type Inode = InodeHandlers<Text, Handle>
export type Given = PathHandlers<Text, Handle>
type File = OpenFile<Text, Handle>

export function childPath(parent: InodeNode<Text>, name: Text): Text {
  const path = pathOf(parent)
  if (typeof path === 'string' && typeof name === 'string')
    return path === '/' ? `/${name}` : `${path}/${name}`
  const separator = path.length === 1 ? '' : '/'
  return Buffer.concat([Buffer.from(path), Buffer.from(separator), Buffer.from(name)])
}

/** @throws FsError ESTALE when no name leads to the node and no open file stands for it */
export function pathOf(node: InodeNode<Text>, file?: File): Text {
  const path = node.path
  if (path === undefined) {
    if (file === undefined) throw new FsError('ESTALE', 'no name leads to this node any more')
    return ''
  }
  return typeof path === 'string' ? `/${path}` : Buffer.concat([Buffer.from('/'), path])
}

export function pathFile(file: File | undefined): PathFile<Text, Handle> | undefined {
  return file === undefined ? undefined : requiredFile(file)
}

export function requiredFile(file: File): PathFile<Text, Handle> {
  return { path: pathOf(file.node, file), handle: file.handle, flags: file.flags }
}

/** Runs `next` on a value that may still be a promise, without making one when it is not. */
export function after<V, R>(
  value: V | Promise<V>,
  next: (value: V) => R | Promise<R>,
): R | Promise<R> {
  return isPromise(value) ? Promise.resolve(value).then(next) : next(value)
}

/** What the kernel is told of `path`: its attributes, asked for by `getattr`. */
export function entryAt(given: Given, path: Text, context: RequestContext): Entry | Promise<Entry> {
  const attributes = given.getattr?.(path, undefined, context)
  return after(attributes, (known) => ({ attributes: known as Entry['attributes'] }))
}

/**
 * The same for LOOKUP: nothing at the path is undefined, which may be kept as a negative entry. Not so where the
 * directory has moved meanwhile: then it was another path that nothing is at.
 */
export function lookUp(
  given: Given,
  parent: InodeNode<Text>,
  name: Text,
  context: RequestContext,
): Entry | undefined | Promise<Entry | undefined> {
  const path = childPath(parent, name)
  const missing = (error: unknown): undefined => {
    if (answerForError(error).errno !== Errno.ENOENT || !isSame(childPath(parent, name), path))
      throw error
  }
  try {
    const entry = entryAt(given, path, context)
    return isPromise(entry) ? Promise.resolve(entry).catch(missing) : entry
  } catch (error) {
    return missing(error)
  }
}

function isSame(one: Text, other: Text): boolean {
  return one === other || Buffer.from(one).equals(Buffer.from(other))
}
