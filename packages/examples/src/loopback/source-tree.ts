// From a node to a descriptor. A node holds none: where the process may, each operation opens the file by its
// handle and closes it again; else by its path, checking that it is still the same file, and keeps a few.

import { constants } from 'node:fs'
import { type Entry, FsError } from '@fuseloop/core'
import {
  AT_FDCWD,
  close,
  descriptorPath,
  fstatx,
  O_PATH,
  open_by_handle_at,
  openat,
  openatIfThere,
} from '@fuseloop/native/posix'
import { DescriptorCache } from './descriptor-cache.js'
import { handleIn, hasCode, identityOf } from './identity.js'
import { Mounts } from './mounts.js'
import type { Node } from './types.js'
import { openUnlinked } from './unlinked.js'
import { walk } from './walk.js'

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
const ROOT = 1
const NAMED = O_PATH | O_NOFOLLOW

export class SourceTree {
  /** Real path of the source directory. */
  readonly #source: Buffer
  readonly #root: number
  readonly #mounts = new Mounts()
  readonly #byHandle: boolean
  readonly #cache = new DescriptorCache()
  /** Nested uses: the cache may only be trimmed when nothing is in use. */
  #uses = 0

  /** @param byHandle false where nothing is opened by handle, even if the process may */
  constructor(source: Buffer, byHandle: boolean) {
    this.#source = source
    // Not O_PATH: handles are opened by it.
    this.#root = openat(AT_FDCWD, source, O_RDONLY | O_DIRECTORY)
    this.#byHandle = byHandle && this.#canOpenByHandle()
  }

  /** Runs `use` with a descriptor, O_PATH perhaps, which is good until it returns. */
  using<V>(node: Node, use: (fd: number) => V): V {
    if (node.nodeid === ROOT) return use(this.#root)
    const identity = node.identity
    const kept = this.#cache.get(node.nodeid)
    const fd = kept ?? this.#openByHandle(identity, NAMED)
    if (kept === undefined && fd !== undefined) {
      try {
        return use(fd)
      } finally {
        close(fd)
      }
    }
    this.#uses += 1
    try {
      return use(fd ?? this.#keep(node, identity))
    } finally {
      this.#uses -= 1
      if (this.#uses === 0) this.#cache.trim()
    }
  }

  /** Opens a file or directory as open(2) does, for the caller to close. `flags` must not create. */
  open(node: Node, flags: number): number {
    const fd = node.nodeid === ROOT ? undefined : this.#openByHandle(node.identity, flags)
    return (
      fd ??
      this.using(node, (named) => openat(AT_FDCWD, descriptorPath(named), flags & ~O_NOFOLLOW))
    )
  }

  /** @param fd of the file */
  entryOf(fd: number): Required<Pick<Entry, 'identity' | 'attributes'>> {
    const attributes = fstatx(fd)
    return { identity: identityOf(fd, attributes), attributes }
  }

  /** Status and identity of one file, though its name may change hands meanwhile. */
  entryAt(directory: number, name: Buffer): Entry {
    return this.#entryOfOpened(openat(directory, name, NAMED))
  }

  /** The same; undefined where there is nothing of that name. */
  findEntry(directory: number, name: Buffer): Entry | undefined {
    const fd = openatIfThere(directory, name, NAMED)
    return fd === undefined ? undefined : this.#entryOfOpened(fd)
  }

  #entryOfOpened(fd: number): Entry {
    try {
      return this.entryOf(fd)
    } finally {
      close(fd)
    }
  }

  close(): void {
    this.#cache.clear()
    this.#mounts.close()
    if (!this.#byHandle) close(this.#root)
  }

  #canOpenByHandle(): boolean {
    const found = handleIn(this.entryOf(this.#root).identity)
    if (found === undefined) return false
    try {
      close(open_by_handle_at(this.#root, found.handle, O_PATH))
    } catch {
      return false
    }
    this.#mounts.add(found.mountId, this.#root)
    return true
  }

  /** undefined where it must be found by its path. */
  #openByHandle(identity: Uint8Array, flags: number): number | undefined {
    const found = this.#byHandle ? handleIn(identity) : undefined
    const mount = found && this.#mounts.descriptor(found.mountId)
    if (found === undefined || mount === undefined) return undefined
    try {
      return open_by_handle_at(mount, found.handle, flags)
    } catch (error) {
      // Some filesystems do not find an unlinked file, though somebody has it open.
      if (hasCode(error, 'ESTALE')) return undefined
      throw error
    }
  }

  #keep(node: Node, identity: Uint8Array): number {
    const fd = this.#openByPath(node, identity)
    this.#cache.add(node.nodeid, fd)
    return fd
  }

  /** @throws FsError ESTALE when another file, or none, stands there: the kernel then looks the name up again */
  #openByPath(node: Node, identity: Uint8Array): number {
    const path = node.path
    if (path !== undefined) {
      const fd = this.#walk(path)
      if (fd !== undefined && identityOf(fd, fstatx(fd)).equals(identity)) return fd
      if (fd !== undefined) close(fd)
    }
    const fd = openUnlinked(this.#source, identity)
    if (fd === undefined) throw new FsError('ESTALE')
    return fd
  }

  #walk(path: Buffer): number | undefined {
    try {
      return walk(this.#root, path)
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
      throw error
    }
  }
}
