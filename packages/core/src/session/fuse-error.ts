// The framework's own errors. Match on `code`; the brand holds across copies of this package.

const BRAND = Symbol.for('fuseloop.error')

/** Codes of the framework; filesystem errors carry POSIX codes instead (see FsError). */
export type FuseErrorCode =
  | 'ERR_FUSE_UNSUPPORTED_KERNEL'
  | 'ERR_FUSE_BAD_FLAG'
  | 'ERR_FUSE_BAD_CACHE'
  | 'ERR_FUSE_BAD_OPTION'
  | 'ERR_FUSE_BAD_MODULE'
  | 'ERR_FUSE_BAD_RESULT'
  | 'ERR_FUSE_MOUNT'
  | 'ERR_FUSE_USAGE'
  | 'ERR_FUSE_WORKER'

export class FuseError extends Error {
  readonly code: FuseErrorCode

  constructor(code: FuseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'FuseError'
    this.code = code
    Object.defineProperty(this, BRAND, { value: true })
  }

  static is(value: unknown): value is FuseError {
    return typeof value === 'object' && value !== null && BRAND in value
  }
}
