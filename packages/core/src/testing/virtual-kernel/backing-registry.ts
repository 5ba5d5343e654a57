// Files that a daemon has registered for passthrough (fs/fuse/backing.c), over whatever stands for descriptors here.

import { Errno } from '../../protocol/index.js'

/** A regular file behind descriptors. */
export interface BackingFile {
  /** Tells it from others. */
  readonly name: string
  /** At most `size` bytes from `position` on, none behind the end. */
  read(size: number, position: number): Buffer
  /** Writes all of it. */
  write(bytes: Uint8Array, position: number): void
}

/** What a descriptor of the daemon's stands for: a file, or the negative errno of the refusal. */
export type BackingSource = (fd: number) => BackingFile | number

/** One registration: not the same as another one of the same file. */
export interface Backing {
  readonly file: BackingFile
}

/** Without a source nobody may register files, as without CAP_SYS_ADMIN. */
const UNPRIVILEGED: BackingSource = () => -Errno.EPERM

/** The files that the daemon of one connection has registered. */
export class BackingRegistry {
  /** What descriptors stand for; see UNPRIVILEGED. */
  source: BackingSource = UNPRIVILEGED
  readonly #registered = new Map<number, Backing>()
  #lastId = 0

  /** Ids that are registered. */
  get ids(): readonly number[] {
    return [...this.#registered.keys()]
  }

  /** FUSE_DEV_IOC_BACKING_OPEN. @returns the id, or a negative errno */
  open(fd: number): number {
    const file = this.source(fd)
    if (typeof file === 'number') return file
    this.#lastId += 1
    this.#registered.set(this.#lastId, { file })
    return this.#lastId
  }

  /** FUSE_DEV_IOC_BACKING_CLOSE: opens keep what they have. @returns 0 or a negative errno */
  close(id: number): number {
    if (id <= 0) return -Errno.EINVAL
    return this.#registered.delete(id) ? 0 : -Errno.ENOENT
  }

  get(id: number): Backing | undefined {
    return this.#registered.get(id)
  }
}
