// A client of the mount on a virtual kernel: paths and open files in the manner of node:fs, and the requests that
// the VFS makes of them when nothing is cached.

import { constants } from 'node:fs'
import { ClientCalls, refusal } from './client-calls.js'
import { type ClientLimits, KernelFile } from './kernel-file.js'
import { listDirectory } from './kernel-listing.js'
import { KernelXattrs } from './kernel-xattrs.js'
import type { Caller } from './message-builder.js'
import { OPEN_FLAGS, type OpenFlags, openPlace } from './open-place.js'
import { type ClientPath, isDirectory, type Place, ROOT, walk } from './path-walk.js'
import type { Reply } from './reply.js'
import type { RequestBuilder, SetattrChanges } from './request-builder.js'
import type { VirtualKernel } from './virtual-kernel.js'
import type { WireAttributes, WireStatfs } from './wire-replies.js'

/** Who a client is, and what it keeps. */
export interface ClientOptions {
  readonly caller?: Partial<Caller>
  /** 0o022 if absent. */
  readonly umask?: number
  /** What INIT settled; 64 KiB at a time if absent. */
  readonly limits?: ClientLimits
  /** Keeps every reference, as dentries that stay cached do, until `dropCaches`. */
  readonly keepsReferences?: boolean
  /** Signals whatever the client waits for when it aborts. */
  readonly signal?: AbortSignal
}

const { O_EXCL, O_RDONLY } = constants
const DEFAULT_LIMITS: ClientLimits = { maxWrite: 65536, maxPages: 16, flags: 0n }
const S_IFDIR = 0o040000
const RENAME_NOREPLACE = 1
const RENAME_EXCHANGE = 2

/** One process that uses the mount. */
export class KernelClient {
  readonly xattrs: KernelXattrs
  readonly #calls: ClientCalls
  readonly #limits: ClientLimits
  readonly #umask: number

  constructor(kernel: VirtualKernel, options: ClientOptions = {}) {
    const { caller = {}, umask = 0o022, limits = DEFAULT_LIMITS, signal } = options
    this.#calls = new ClientCalls(kernel, caller, options.keepsReferences === true)
    this.#limits = limits
    this.xattrs = new KernelXattrs(this.#calls, (path, use) =>
      this.#at(path, true, (place) => use(this.#existing(place, path))),
    )
    this.#umask = umask
    signal?.addEventListener('abort', () => this.interrupt(), { once: true })
  }

  /** Requests that the client waits for. */
  get waiting(): number {
    return this.#calls.waiting
  }

  /** A signal that is caught: the daemon learns of it, and the client waits on. */
  interrupt(): void {
    this.#calls.interrupt()
  }

  /** SIGKILL: what the daemon has not read vanishes with EINTR. */
  kill(): void {
    this.#calls.kill()
  }

  /** As drop_caches: all references go back, of all clients, while nobody has anything open. */
  dropCaches(): void {
    const { kernel } = this.#calls
    for (const { nodeid, nlookup } of [...kernel.cache.inodes].reverse())
      if (nlookup > 0n) kernel.requestSendNoReply(nodeid, nlookup)
  }

  stat(path: ClientPath): Promise<WireAttributes> {
    return this.#at(path, true, (place) => this.#attributes(place, path))
  }

  lstat(path: ClientPath): Promise<WireAttributes> {
    return this.#at(path, false, (place) => this.#attributes(place, path))
  }

  async exists(path: ClientPath): Promise<boolean> {
    return await this.#at(path, true, async ({ nodeid }) => nodeid !== undefined)
  }

  /** @param mode of a file that is made; the umask is taken from it */
  async open(path: ClientPath, how: OpenFlags | number = 'r', mode = 0o666): Promise<KernelFile> {
    const flags = typeof how === 'number' ? how : OPEN_FLAGS[how]
    const place = await walk(this.#calls, path, (flags & O_EXCL) === 0)
    try {
      const order = { flags, mode: mode & 0o7777 & ~this.#umask, umask: this.#umask }
      const opened = await openPlace(this.#calls, this.#limits, place, path, order)
      return new KernelFile(this.#calls, this.#limits, { ...opened, flags, held: place.held })
    } catch (error) {
      this.#calls.forget(place.held)
      throw error
    }
  }

  async readFile(path: ClientPath): Promise<Buffer> {
    return await this.#using(await this.open(path), (file) => file.readAll())
  }

  /** The same as text. */
  async readText(path: ClientPath): Promise<string> {
    return (await this.readFile(path)).toString()
  }

  async writeFile(
    path: ClientPath,
    data: string | Uint8Array,
    how: OpenFlags = 'w',
    mode?: number,
  ): Promise<void> {
    const bytes = Buffer.from(data)
    await this.#using(await this.open(path, how, mode), async (file) => {
      if (bytes.byteLength > 0) await file.write(bytes)
    })
  }

  async readdir(path: ClientPath): Promise<string[]> {
    return (await this.readdirBytes(path)).map((name) => name.toString())
  }

  /** Names as bytes, in the order of the listing, without the dots. */
  readdirBytes(path: ClientPath): Promise<Buffer[]> {
    return this.#at(path, true, async (place) => {
      const nodeid = this.#existing(place, path)
      if (nodeid !== ROOT && place.entry !== undefined && !isDirectory(place.entry.attributes.mode))
        throw refusal('ENOTDIR', path)
      const { fh } = (await this.#call(this.#request.opendir(nodeid))).opened
      try {
        return await listDirectory(this.#calls, this.#limits, nodeid, fh)
      } finally {
        await this.#calls.release(nodeid, fh, O_RDONLY, true)
      }
    })
  }

  mkdir(path: ClientPath, mode = 0o777): Promise<void> {
    return this.#make(path, ({ parent, name }) =>
      this.#request.mkdir(parent, name, mode & 0o1777 & ~this.#umask, this.#umask),
    )
  }

  symlink(target: string | Uint8Array, path: ClientPath): Promise<void> {
    return this.#make(path, ({ parent, name }) => this.#request.symlink(parent, name, target))
  }

  link(existing: ClientPath, path: ClientPath): Promise<void> {
    return this.#at(existing, false, async (source) => {
      const nodeid = this.#existing(source, existing)
      await this.#make(path, ({ parent, name }) => this.#request.link(nodeid, parent, name))
    })
  }

  readlink(path: ClientPath): Promise<Buffer> {
    return this.#at(
      path,
      false,
      async (place) => (await this.#call(this.#request.readlink(this.#existing(place, path)))).body,
    )
  }

  unlink(path: ClientPath): Promise<void> {
    return this.#remove('unlink', path)
  }

  rmdir(path: ClientPath): Promise<void> {
    return this.#remove('rmdir', path)
  }

  /** @param flags as renameat2(2): NOREPLACE 1, EXCHANGE 2, WHITEOUT 4 */
  rename(path: ClientPath, newPath: ClientPath, flags = 0): Promise<void> {
    return this.#at(path, false, async (from) => {
      this.#existing(from, path)
      await this.#at(newPath, false, async (to) => {
        // As the VFS does before it asks (fs/namei.c do_renameat2()).
        if ((flags & RENAME_NOREPLACE) !== 0 && to.nodeid !== undefined)
          throw refusal('EEXIST', newPath)
        if ((flags & RENAME_EXCHANGE) !== 0) this.#existing(to, newPath)
        const names = [from.parent, from.name, to.parent, to.name] as const
        const request = this.#request
        await this.#call(flags === 0 ? request.rename(...names) : request.rename2(...names, flags))
      })
    })
  }

  /** chmod, chown, truncate, utimes: whatever `changes` names. */
  change(path: ClientPath, changes: SetattrChanges): Promise<WireAttributes> {
    return this.#at(
      path,
      true,
      async (place) =>
        (await this.#call(this.#request.setattr(this.#existing(place, path), changes))).attributes,
    )
  }

  statfs(path: ClientPath = '/'): Promise<WireStatfs> {
    return this.#at(
      path,
      true,
      async (place) => (await this.#call(this.#request.statfs(this.#existing(place, path)))).statfs,
    )
  }

  /** access(2) on a mount without default_permissions. */
  access(path: ClientPath, mask: number): Promise<void> {
    return this.#at(path, true, (place) =>
      this.#calls.callOptional(this.#request.access(this.#existing(place, path), mask)),
    )
  }

  /** syncfs(2), as on a mount of type fuseblk. */
  syncfs(): Promise<void> {
    return this.#calls.callOptional(this.#request.syncfs(ROOT))
  }

  get #request(): RequestBuilder {
    return this.#calls.request
  }

  #call(message: Uint8Array): Promise<Reply> {
    return this.#calls.call(message)
  }

  #existing({ nodeid }: Place, path: ClientPath): bigint {
    if (nodeid === undefined) throw refusal('ENOENT', path)
    return nodeid
  }

  /** Asked for where the entry's own may not be kept (fs/fuse/dir.c fuse_update_get_attr()). */
  async #attributes(place: Place, path: ClientPath): Promise<WireAttributes> {
    const nodeid = this.#existing(place, path)
    if (place.entry !== undefined && place.entry.attrValid > 0n) return place.entry.attributes
    return (await this.#call(this.#request.getattr(nodeid))).attributes
  }

  /** Makes a name, whose entry is one more reference. */
  #make(path: ClientPath, message: (place: Place) => Uint8Array): Promise<void> {
    return this.#at(path, false, async (place) => {
      if (place.nodeid !== undefined) throw refusal('EEXIST', path)
      const { entry } = await this.#call(message(place))
      place.held.push(BigInt(entry.nodeid))
    })
  }

  #remove(how: 'unlink' | 'rmdir', path: ClientPath): Promise<void> {
    return this.#at(path, false, async (place) => {
      this.#existing(place, path)
      const mode = place.entry?.attributes.mode ?? S_IFDIR
      if (isDirectory(mode) !== (how === 'rmdir'))
        throw refusal(how === 'rmdir' ? 'ENOTDIR' : 'EISDIR', path)
      await this.#call(this.#request[how](place.parent, place.name))
    })
  }

  async #using<V>(file: KernelFile, use: (file: KernelFile) => Promise<V>): Promise<V> {
    let result: V
    try {
      result = await use(file)
    } catch (error) {
      // The first failure is the one to tell.
      await file.close().catch(() => undefined)
      throw error
    }
    await file.close()
    return result
  }

  async #at<V>(path: ClientPath, follows: boolean, use: (place: Place) => Promise<V>): Promise<V> {
    const place = await walk(this.#calls, path, follows)
    try {
      return await use(place)
    } finally {
      this.#calls.forget(place.held)
    }
  }
}
