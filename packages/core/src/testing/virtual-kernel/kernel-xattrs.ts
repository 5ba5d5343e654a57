// Extended attributes as a client of the mount sees them: getxattr(2) and its kin by path.

import type { ClientCalls } from './client-calls.js'
import type { ClientPath } from './path-walk.js'

/** Calls `use` with the node at `path`. */
type AtPath = <V>(path: ClientPath, use: (nodeid: bigint) => Promise<V>) => Promise<V>

/** Extended attributes, asked for by a client. */
export class KernelXattrs {
  readonly #calls: ClientCalls
  readonly #at: AtPath

  constructor(calls: ClientCalls, at: AtPath) {
    this.#calls = calls
    this.#at = at
  }

  /** @throws ClientError EOPNOTSUPP where the filesystem has none, as all of these */
  async set(
    path: ClientPath,
    name: string,
    value: string | Uint8Array,
    flags?: 'create' | 'replace',
  ): Promise<void> {
    const order = { flags: flags === undefined ? 0 : flags === 'create' ? 1 : 2 }
    await this.#at(path, (nodeid) =>
      this.#calls.callOr('EOPNOTSUPP', this.#calls.request.setxattr(nodeid, name, value, order)),
    )
  }

  /** Asks for the size first, as libc's callers do. */
  get(path: ClientPath, name: string): Promise<Buffer> {
    return this.#at(path, async (nodeid) => {
      const ask = (size: number) =>
        this.#calls.callOr('EOPNOTSUPP', this.#calls.request.getxattr(nodeid, name, size))
      const { size } = await ask(0)
      return size === 0 ? Buffer.alloc(0) : (await ask(size)).body
    })
  }

  list(path: ClientPath): Promise<string[]> {
    return this.#at(path, async (nodeid) => {
      const ask = (size: number) =>
        this.#calls.callOr('EOPNOTSUPP', this.#calls.request.listxattr(nodeid, size))
      const { size } = await ask(0)
      return size === 0 ? [] : (await ask(size)).names
    })
  }

  async remove(path: ClientPath, name: string): Promise<void> {
    await this.#at(path, (nodeid) =>
      this.#calls.callOr('EOPNOTSUPP', this.#calls.request.removexattr(nodeid, name)),
    )
  }
}
