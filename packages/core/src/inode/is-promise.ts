// Tells a handler's answer that is still to come from one that is there.

/** Any thenable: handlers may have a promise class of their own. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
