// Watches a filesystem's handlers from outside: which requests they work for, and which handles they gave.

import type { Unique } from '../../base/ids.js'
import { type InodeHandlers, isHandle, isPromise, type Text } from '../../inode/index.js'
import { SlotContext } from '../../session/index.js'

type Handlers = InodeHandlers<Text, number | object>
type Method = (...args: unknown[]) => unknown

const OPENS: readonly string[] = ['open', 'opendir', 'create', 'tmpfile']
const RELEASES: Readonly<Record<string, readonly string[]>> = {
  release: ['open', 'create', 'tmpfile'],
  releasedir: ['opendir'],
}

interface GivenHandle {
  readonly method: string
  readonly unique: Unique
  readonly handle: number | object
}

/** Knows which handlers are at work, and which handles are open. */
export class HandlerWatch {
  readonly #atWork = new Set<Unique>()
  readonly #given: GivenHandle[] = []

  /** The same handlers, watched; methods that are absent stay absent. */
  watch(handlers: Handlers): Handlers {
    const watched = Object.create(handlers) as Record<string, unknown>
    for (let of = handlers as object; of !== Object.prototype; of = Object.getPrototypeOf(of)) {
      for (const name of Object.getOwnPropertyNames(of)) {
        const method = (handlers as Record<string, unknown>)[name]
        if (typeof method === 'function' && name !== 'constructor')
          watched[name] = this.#wrap(name, method.bind(handlers) as Method, handlers)
      }
    }
    return watched as Handlers
  }

  isAtWork(unique: Unique): boolean {
    return this.#atWork.has(unique)
  }

  /** Handles that were given and not released, described. */
  get openHandles(): string[] {
    return this.#given.map(
      ({ method, unique, handle }) => `the handle ${show(handle)} of ${method} (unique ${unique})`,
    )
  }

  #wrap(name: string, method: Method, handlers: Handlers): Method {
    const watched: Method = (...args) => {
      const context = args.at(-1)
      const unique = context instanceof SlotContext ? context.unique : 0n
      this.#atWork.add(unique)
      this.#noteRelease(name, args[0])
      const done = (result: unknown): unknown => {
        this.#atWork.delete(unique)
        this.#noteOpen(name, unique, result, handlers)
        return result
      }
      const failed = (error: unknown): never => {
        this.#atWork.delete(unique)
        throw error
      }
      try {
        const result = method(...args)
        return isPromise(result) ? Promise.resolve(result).then(done, failed) : done(result)
      } catch (error) {
        return failed(error)
      }
    }
    // How many arguments are declared says whether `rename` takes flags.
    return Object.defineProperty(watched, 'length', { value: method.length })
  }

  #noteOpen(name: string, unique: Unique, result: unknown, handlers: Handlers): void {
    const handle = OPENS.includes(name) ? handleOf(name, result) : undefined
    const release = name === 'opendir' ? handlers.releasedir : handlers.release
    // Who has nothing to release has nothing to leak.
    if (handle !== undefined && release !== undefined)
      this.#given.push({ method: name, unique, handle })
  }

  /** When it is called: a release that fails has released all the same. */
  #noteRelease(name: string, file: unknown): void {
    const opens = RELEASES[name]
    if (opens === undefined) return
    const released = (file as { handle?: unknown } | undefined)?.handle
    const index = this.#given.findIndex(
      (given) => given.handle === released && opens.includes(given.method),
    )
    if (index >= 0) this.#given.splice(index, 1)
  }
}

/** A handle as `name` may give it; anything else is refused, and belongs to nobody. */
function handleOf(name: string, result: unknown): number | object | undefined {
  if (typeof result === 'number')
    return name !== 'create' && name !== 'tmpfile' && isHandle(result) ? result : undefined
  if (typeof result !== 'object' || result === null) return undefined
  const { handle } = result as { handle?: unknown }
  return isHandle(handle) ? handle : undefined
}

function show(handle: number | object): string {
  return typeof handle === 'number' ? String(handle) : 'object'
}
