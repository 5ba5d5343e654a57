// What `create` gave, with the attributes of the new file; without them the open is taken back.

import {
  type Entry,
  isPromise,
  type OpenResult,
  type OpenReturn,
  type Text,
} from '../inode/index.js'
import type { RequestContext } from '../session/index.js'
import { after, type Given, type Handle } from './path-subject.js'

export function createdEntry(
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
export function openResult(opened: OpenReturn<Handle>): OpenResult<Handle> {
  if (opened === undefined) return {}
  if (typeof opened === 'object' && opened !== null) return opened as OpenResult<Handle>
  return { handle: opened as Handle }
}
