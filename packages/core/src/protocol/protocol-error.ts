// What the codecs throw, and nothing else: a message the kernel cannot have meant, or a value that
// has no place on the wire. Match on `code`; the brand holds across copies of this package.

const BRAND = Symbol.for('fuseloop.protocol-error')

/** Stable; messages are not. */
export type ProtocolErrorCode =
  /** The message ends before its struct, name or data does. */
  | 'ERR_FUSE_SHORT_READ'
  /** The header's length is not the message's. */
  | 'ERR_FUSE_BAD_LENGTH'
  /** A 64-bit number that a JavaScript number cannot hold exactly. */
  | 'ERR_FUSE_UNSAFE_INTEGER'
  /** A name that is empty, too long, or holds '/'. */
  | 'ERR_FUSE_BAD_NAME'
  /** A string that is not bytes: NUL, or a lone surrogate that stands for no byte. */
  | 'ERR_FUSE_BAD_TEXT'
  /** Attributes the kernel would refuse. */
  | 'ERR_FUSE_BAD_ATTRIBUTES'
  /** Any other value that the reply cannot carry. */
  | 'ERR_FUSE_BAD_VALUE'
  /** The reply does not fit in the memory given for it. */
  | 'ERR_FUSE_NO_SPACE'

/** A message or a value that the protocol has no place for. */
export class ProtocolError extends Error {
  /** Stable; messages are not. */
  readonly code: ProtocolErrorCode

  constructor(code: ProtocolErrorCode, message: string) {
    super(message)
    this.name = 'ProtocolError'
    this.code = code
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Whether a value is one, also of another copy of this package. */
  static is(value: unknown): value is ProtocolError {
    return typeof value === 'object' && value !== null && BRAND in value
  }
}
