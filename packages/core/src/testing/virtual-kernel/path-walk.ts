// Finds what a path means by LOOKUPs, one name at a time, as fs/namei.c does with nothing cached.

import type { ClientCalls } from './client-calls.js'
import { refusal } from './client-calls.js'
import type { WireEntry } from './wire-replies.js'

/** Absolute below the mount's root; bytes where a name is no UTF-8. */
export type ClientPath = string | Uint8Array

/** Where a path leads: the last name in its parent, and what is there. */
export interface Place {
  readonly parent: bigint
  /** Empty for the root. */
  readonly name: Uint8Array
  readonly nodeid: bigint | undefined
  /** undefined for the root, and where there is nothing. */
  readonly entry: WireEntry | undefined
  /** Nodes on the way, each referenced once: a dentry holds its parent. */
  readonly held: bigint[]
}

export const ROOT = 1n
const S_IFMT = 0o170000
const S_IFDIR = 0o040000
const S_IFLNK = 0o120000
/** MAXSYMLINKS (include/linux/namei.h). */
const MOST_LINKS = 40
const NO_NAME = new Uint8Array(0)

export function isDirectory(mode: number): boolean {
  return (mode & S_IFMT) === S_IFDIR
}

function isLink(mode: number): boolean {
  return (mode & S_IFMT) === S_IFLNK
}

/**
 * @param follows also a symbolic link at the end
 * @throws ClientError; then nothing stays referenced
 */
export async function walk(calls: ClientCalls, path: ClientPath, follows: boolean): Promise<Place> {
  const held: bigint[] = []
  try {
    return await new PathWalk(calls, path, held).run(follows)
  } catch (error) {
    calls.forget(held)
    throw error
  }
}

class PathWalk {
  readonly #calls: ClientCalls
  readonly #path: ClientPath
  readonly #held: bigint[]
  /** The directories above, the nearest last. */
  #above: bigint[] = [ROOT]
  #names: Buffer[]
  #links = 0

  constructor(calls: ClientCalls, path: ClientPath, held: bigint[]) {
    this.#calls = calls
    this.#path = path
    this.#held = held
    this.#names = namesIn(Buffer.from(path))
  }

  async run(follows: boolean): Promise<Place> {
    for (;;) {
      const name = this.#names.shift()
      if (name === undefined) return this.#directory()
      if (this.#takesDots(name)) continue
      const isLast = this.#names.length === 0
      const entry = await this.#lookUp(name)
      if (entry === undefined && !isLast) throw refusal('ENOENT', this.#path)
      const mode = entry?.attributes.mode ?? 0
      if (entry !== undefined && isLink(mode) && (follows || !isLast)) {
        await this.#follow(BigInt(entry.nodeid))
      } else if (isLast) {
        const nodeid = entry === undefined ? undefined : BigInt(entry.nodeid)
        return { parent: this.#parent, name, nodeid, entry, held: this.#held }
      } else if (!isDirectory(mode)) {
        throw refusal('ENOTDIR', this.#path)
      } else {
        this.#above.push(BigInt((entry as WireEntry).nodeid))
      }
    }
  }

  get #parent(): bigint {
    return this.#above.at(-1) ?? ROOT
  }

  /** The path ends in its root, or in dots. */
  #directory(): Place {
    const nodeid = this.#parent
    const parent = this.#above.at(-2) ?? ROOT
    return { parent, name: NO_NAME, nodeid, entry: undefined, held: this.#held }
  }

  #takesDots(name: Buffer): boolean {
    const dots = name.toString('latin1')
    if (dots === '..' && this.#above.length > 1) this.#above.pop()
    return dots === '.' || dots === '..'
  }

  async #lookUp(name: Uint8Array): Promise<WireEntry | undefined> {
    const { request } = this.#calls
    try {
      const { entry } = await this.#calls.call(request.lookup(this.#parent, name))
      // A negative entry, which may be cached.
      if (entry.nodeid === 0) return undefined
      this.#held.push(BigInt(entry.nodeid))
      return entry
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return undefined
      throw error
    }
  }

  async #follow(link: bigint): Promise<void> {
    this.#links += 1
    if (this.#links > MOST_LINKS) throw refusal('ELOOP', this.#path)
    const { body } = await this.#calls.call(this.#calls.request.readlink(link))
    if (body[0] === SLASH) this.#above = [ROOT]
    this.#names.unshift(...namesIn(body))
  }
}

const SLASH = 0x2f

function namesIn(path: Buffer): Buffer[] {
  const names: Buffer[] = []
  for (let start = 0; start < path.length; ) {
    const slash = path.indexOf(SLASH, start)
    const end = slash < 0 ? path.length : slash
    if (end > start) names.push(path.subarray(start, end))
    start = end + 1
  }
  return names
}
