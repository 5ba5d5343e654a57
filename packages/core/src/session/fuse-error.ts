// The framework's own errors. Match on `code`; the brand holds across copies of this package.

const BRAND = Symbol.for('fuseloop.error')

/** Codes of the framework; filesystem errors carry POSIX codes instead (see FsError). */
export type FuseErrorCode =
  /** The kernel's protocol is too old, or lacks an INIT flag that is required. */
  | 'ERR_FUSE_UNSUPPORTED_KERNEL'
  /** `want`, `require` or `refuse` name a flag that is unknown, contradictory, or cannot be honoured. */
  | 'ERR_FUSE_BAD_FLAG'
  /** `cache` settings that are unknown, out of range, or harm each other. */
  | 'ERR_FUSE_BAD_CACHE'
  /** `set` does not fit the options that the filesystem declares, or a mount option is none. */
  | 'ERR_FUSE_BAD_OPTION'
  /** The specifier leads to no module, or the module exports no definition. */
  | 'ERR_FUSE_BAD_MODULE'
  /** A handler returned what its operation cannot answer: the client gets EIO, the log this. */
  | 'ERR_FUSE_BAD_RESULT'
  /** Mounting or unmounting failed, or the mount did not answer; the cause says why where there is one. */
  | 'ERR_FUSE_MOUNT'
  /** The kernel's protocol, as INIT has settled it, has no such notification. */
  | 'ERR_FUSE_NOT_SUPPORTED'
  /** A call with arguments, or in an order, that it does not allow. */
  | 'ERR_FUSE_USAGE'
  /** A worker could not start: its module failed to load, or `create` threw. */
  | 'ERR_FUSE_WORKER'

/** What `mount()` and the framework's other functions throw. What handlers throw is FsError's matter. */
export class FuseError extends Error {
  /** Stable; messages are not. */
  readonly code: FuseErrorCode

  constructor(code: FuseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'FuseError'
    this.code = code
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Whether a value is one, also of another copy of this package. */
  static is(value: unknown): value is FuseError {
    return typeof value === 'object' && value !== null && BRAND in value
  }
}
