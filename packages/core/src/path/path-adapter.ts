// Makes inode handlers out of path handlers: what fuse.c is to fuse_lowlevel.c in libfuse.
// The path is a snapshot taken when the handler starts; no lock is held while it runs.

import {
  type Entry,
  FsError,
  type InodeHandlers,
  type InodeNode,
  isPromise,
  type OpenFile,
  type OpenResult,
  type OpenReturn,
  type Text,
} from '../inode/index.js'
import type { RequestContext } from '../session/index.js'
import type { PathFile, PathHandlers } from './path-handlers.js'

type Handle = number | object
type File = OpenFile<Text, Handle>
type Inode = InodeHandlers<Text, Handle>
type Given = PathHandlers<Text, Handle>

/** The inode handlers that serve `given`; only methods whose path counterpart exists are present. */
export function adaptPathHandlers(given: Given): Inode {
  const { getattr } = given
  if (getattr === undefined) return {}
  return {
    ...nameOperations(given),
    ...fileOperations(given),
    ...directoryOperations(given),
    lookup: (parent, name, context) => entryAt(given, childPath(parent, name), context),
    getattr: (node, file, context) =>
      getattr.call(given, pathOf(node, file), pathFile(file), context),
    ...(given.setattr && {
      setattr: (node, changes, file, context) => {
        const path = pathOf(node, file)
        return after(given.setattr?.(path, changes, pathFile(file), context), () =>
          getattr.call(given, path, pathFile(file), context),
        )
      },
    }),
    ...(given.readlink && {
      readlink: (node, context) => given.readlink?.(pathOf(node), context) as Text,
    }),
    ...(given.statfs && {
      statfs: (node, context) =>
        given.statfs?.(pathOf(node), context) as ReturnType<NonNullable<Inode['statfs']>>,
    }),
    ...(given.access && {
      access: (node, mask, context) => given.access?.(pathOf(node), mask, context),
    }),
    ...(given.dispose && { dispose: () => given.dispose?.() }),
  }
}

function nameOperations(given: Given): Inode {
  const { symlink, mknod, mkdir, unlink, rmdir, rename, link } = given
  return {
    ...(symlink && {
      symlink: (parent, name, target, context) => {
        const path = childPath(parent, name)
        return after(symlink.call(given, target, path, context), () =>
          entryAt(given, path, context),
        )
      },
    }),
    ...(mknod && {
      mknod: (parent, name, mode, rdev, context) => {
        const path = childPath(parent, name)
        return after(mknod.call(given, path, mode, rdev, context), () =>
          entryAt(given, path, context),
        )
      },
    }),
    ...(mkdir && {
      mkdir: (parent, name, mode, context) => {
        const path = childPath(parent, name)
        return after(mkdir.call(given, path, mode, context), () => entryAt(given, path, context))
      },
    }),
    ...(unlink && {
      unlink: (parent, name, context) => unlink.call(given, childPath(parent, name), context),
    }),
    ...(rmdir && {
      rmdir: (parent, name, context) => rmdir.call(given, childPath(parent, name), context),
    }),
    ...(rename && {
      rename: (parent, name, newParent, newName, context) =>
        rename.call(given, childPath(parent, name), childPath(newParent, newName), context),
    }),
    ...(link && {
      link: (node, newParent, newName, context) => {
        const path = childPath(newParent, newName)
        return after(link.call(given, pathOf(node), path, context), () =>
          entryAt(given, path, context),
        )
      },
    }),
  }
}

function fileOperations(given: Given): Inode {
  const { open, create, read, write, flush, release, fsync } = given
  return {
    ...(open && { open: (node, flags, context) => open.call(given, pathOf(node), flags, context) }),
    ...(create && {
      create: (parent, name, mode, flags, context) => {
        const path = childPath(parent, name)
        return after(create.call(given, path, mode, flags, context), (opened) =>
          createdEntry(given, path, flags, openResult(opened), context),
        )
      },
    }),
    ...(read && {
      read: (file, buffer, position, context) =>
        read.call(given, requiredFile(file), buffer, position, context),
    }),
    ...(write && {
      write: (file, buffer, position, context) =>
        write.call(given, requiredFile(file), buffer, position, context),
    }),
    ...(flush && { flush: (file, context) => flush.call(given, requiredFile(file), context) }),
    ...(release && {
      release: (file, context) => release.call(given, requiredFile(file), context),
    }),
    ...(fsync && {
      fsync: (file, dataOnly, context) => fsync.call(given, requiredFile(file), dataOnly, context),
    }),
  }
}

function directoryOperations(given: Given): Inode {
  const { opendir, readdir, releasedir, fsyncdir } = given
  return {
    ...(opendir && {
      opendir: (node, flags, context) => opendir.call(given, pathOf(node), flags, context),
    }),
    ...(readdir && {
      readdir: (directory, context) =>
        readdir.call(given, pathOf(directory.node), requiredFile(directory), context),
    }),
    ...(releasedir && {
      releasedir: (directory, context) => releasedir.call(given, requiredFile(directory), context),
    }),
    ...(fsyncdir && {
      fsyncdir: (directory, dataOnly, context) =>
        fsyncdir.call(given, requiredFile(directory), dataOnly, context),
    }),
  }
}

/** Runs `next` on a value that may still be a promise, without making one when it is not. */
function after<V, R>(value: V | Promise<V>, next: (value: V) => R | Promise<R>): R | Promise<R> {
  return isPromise(value) ? Promise.resolve(value).then(next) : next(value)
}

function entryAt(given: Given, path: Text, context: RequestContext): Entry | Promise<Entry> {
  const attributes = given.getattr?.(path, undefined, context)
  return after(attributes, (known) => ({ attributes: known as Entry['attributes'] }))
}

function createdEntry(
  given: Given,
  path: Text,
  flags: number,
  opened: OpenResult<Handle>,
  context: RequestContext,
): (Entry & OpenResult<Handle>) | Promise<Entry & OpenResult<Handle>> {
  const file = { path, handle: opened.handle ?? 0, flags }
  // The file is open by now, and no RELEASE will come for what the kernel is never told of.
  const undo = (error: unknown): Promise<never> | never =>
    after(given.release?.(file, context), () => {
      throw error
    })
  try {
    const attributes = given.getattr?.(path, file, context)
    const entry = (known: unknown) => ({ ...opened, attributes: known as Entry['attributes'] })
    return isPromise(attributes) ? Promise.resolve(attributes).then(entry, undo) : entry(attributes)
  } catch (error) {
    return undo(error)
  }
}

/** In one form; what is no OpenReturn stands as the handle, which dispatch refuses by name. */
function openResult(opened: OpenReturn<Handle>): OpenResult<Handle> {
  if (opened === undefined) return {}
  if (typeof opened === 'object' && opened !== null) return opened as OpenResult<Handle>
  return { handle: opened as Handle }
}

function childPath(parent: InodeNode<Text>, name: Text): Text {
  const path = pathOf(parent)
  if (typeof path === 'string' && typeof name === 'string')
    return path === '/' ? `/${name}` : `${path}/${name}`
  const separator = path.length === 1 ? '' : '/'
  return Buffer.concat([Buffer.from(path), Buffer.from(separator), Buffer.from(name)])
}

/** @throws FsError ESTALE when no name leads to the node and no open file stands for it */
function pathOf(node: InodeNode<Text>, file?: File): Text {
  const path = node.path
  if (path === undefined) {
    if (file === undefined) throw new FsError('ESTALE', 'no name leads to this node any more')
    return ''
  }
  return typeof path === 'string' ? `/${path}` : Buffer.concat([Buffer.from('/'), path])
}

function pathFile(file: File | undefined): PathFile<Text, Handle> | undefined {
  return file === undefined ? undefined : requiredFile(file)
}

function requiredFile(file: File): PathFile<Text, Handle> {
  return { path: pathOf(file.node, file), handle: file.handle, flags: file.flags }
}
