// How a node, a name in it or an open file becomes the path that path handlers get.
// The path is a snapshot taken when the handler starts; no lock is held while it runs.

import {
  type Entry,
  FsError,
  type InodeHandlers,
  type InodeNode,
  isPromise,
  type OpenFile,
  type Text,
} from '../inode/index.js'
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
