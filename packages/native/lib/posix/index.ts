// `@fuseloop/native/posix`: Linux system calls that node:fs lacks. Synchronous, on the calling thread; they
// throw PosixError, with node's fields.

export * from './attributes.js'
export * from './constants.js'
export * from './credentials.js'
export * from './directories.js'
export * from './entries.js'
export * from './file-status.js'
export * from './files.js'
export * from './handles.js'
export * from './locks.js'
export type { Name, Offset } from './posix-calls.js'
export { PosixError } from './posix-error.js'
export * from './shared-files.js'
export * from './xattrs.js'
