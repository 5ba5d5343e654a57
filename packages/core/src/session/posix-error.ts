// An error as node:fs would throw it: a POSIX name as `code`, and in front of the message.

/** An error with a POSIX code, for reasons of signals. */
export function posixError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${message}`), { code })
}
