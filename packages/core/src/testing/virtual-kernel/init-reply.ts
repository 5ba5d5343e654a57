// What the kernel makes of the answer to INIT (fs/fuse/inode.c process_init_reply()).

const MAJOR = 7
const BIT_WRITEBACK_CACHE = 1n << 16n
const BIT_POSIX_ACL = 1n << 20n
const BIT_ABORT_ERROR = 1n << 21n
const BIT_MAX_PAGES = 1n << 22n
const BIT_INIT_EXT = 1n << 30n
const BIT_PASSTHROUGH = 1n << 37n
const BIT_ALLOW_IDMAP = 1n << 40n
const INIT_OUT = 64
const LEAST_WRITE = 4096
/** FUSE_DEFAULT_MAX_PAGES_PER_REQ. */
const DEFAULT_PAGES = 32
/** FUSE_DEFAULT_MAX_BACKGROUND and FUSE_DEFAULT_CONGESTION_THRESHOLD. */
const DEFAULT_BACKGROUND = 12
const DEFAULT_CONGESTION = 9
/** FILESYSTEM_MAX_STACK_DEPTH. */
const DEEPEST_STACK = 2

/** What holds on a connection once INIT is answered; sizes in bytes. */
export interface Negotiated {
  /** Protocol minor of the daemon's answer. */
  readonly minor: number
  /** INIT flags that hold, by bit. */
  readonly flags: bigint
  /** Of data in one WRITE. */
  readonly maxWrite: number
  /** Pages of one request. */
  readonly maxPages: number
  /** Of read-ahead. */
  readonly maxReadahead: number
  /** Background requests that the daemon may have at once. */
  readonly maxBackground: number
  /** From this many on, asynchronous read-ahead is left out. */
  readonly congestionThreshold: number
  /** Nanoseconds. */
  readonly timeGranularity: number
  /** Reads end with ECONNABORTED after an abort by the control file. */
  readonly abortError: boolean
  /** Files may be registered for passthrough. */
  readonly passthrough: boolean
}

/** What the kernel knows before INIT. */
export interface InitLimits {
  /** sysctl fs.fuse.max_pages_limit. */
  readonly maxPagesLimit: number
  /** The mount option `default_permissions`. */
  readonly defaultPermissions: boolean
}

/** @returns undefined where the kernel refuses the answer: each later request is ECONNREFUSED */
export function readInitReply(body: Uint8Array, limits: InitLimits): Negotiated | undefined {
  // Short answers of old daemons are taken; what they lack is zero.
  const bytes = Buffer.alloc(INIT_OUT)
  bytes.set(body)
  if (bytes.readUInt32LE(0) !== MAJOR) return undefined
  const low = BigInt(bytes.readUInt32LE(12))
  const flags = (low & BIT_INIT_EXT) === 0n ? low : low | (BigInt(bytes.readUInt32LE(32)) << 32n)
  // Idmapped mounts leave no permission to the daemon, which would not know the callers.
  const checksPermissions = limits.defaultPermissions || (flags & BIT_POSIX_ACL) !== 0n
  if ((flags & BIT_ALLOW_IDMAP) !== 0n && !checksPermissions) return undefined
  const pages = (flags & BIT_MAX_PAGES) === 0n ? DEFAULT_PAGES : bytes.readUInt16LE(28)
  return {
    minor: bytes.readUInt32LE(4),
    flags,
    maxReadahead: bytes.readUInt32LE(8),
    maxBackground: bytes.readUInt16LE(16) || DEFAULT_BACKGROUND,
    congestionThreshold: bytes.readUInt16LE(18) || DEFAULT_CONGESTION,
    maxWrite: Math.max(LEAST_WRITE, bytes.readUInt32LE(20)),
    timeGranularity: bytes.readUInt32LE(24) || 1,
    maxPages: Math.min(Math.max(1, pages), limits.maxPagesLimit),
    abortError: (flags & BIT_ABORT_ERROR) !== 0n,
    passthrough: passesThrough(flags, bytes.readUInt32LE(36)),
  }
}

/** Silently off where something is amiss. */
function passesThrough(flags: bigint, maxStackDepth: number): boolean {
  const isAsked = (flags & BIT_PASSTHROUGH) !== 0n && (flags & BIT_WRITEBACK_CACHE) === 0n
  return isAsked && maxStackDepth >= 1 && maxStackDepth <= DEEPEST_STACK
}
