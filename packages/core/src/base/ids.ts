// Numbers that name something, each with a type of its own: a nodeid given for an fh, a lock owner for a unique, or two
// halves of a word in the wrong order do not compile. Types only; nothing of it is there at run time.

declare const KIND: unique symbol

/**
 * A number that names one kind of thing. Soft on purpose: a plain number or bigint, such as a literal, a figure of the
 * addon's or a value of a filesystem's, does as well where one is asked for; one that is named otherwise does not.
 */
type Kind<B extends number | bigint, K extends string> = B & { readonly [KIND]?: K }

/** By which the kernel knows a node: 1 (the root) to 2^53-1. Never reused while mounted. */
export type Nodeid = Kind<number, 'nodeid'>

/** Tells objects apart that have the same nodeid one after the other; always 0 here, as nodeids are never reused. */
export type Generation = Kind<number, 'generation'>

/** A request of the kernel's, 64 bits: even, with bit 63 where it was sent again (FUSE_UNIQUE_RESEND). Compared only. */
export type Unique = Kind<bigint, 'unique'>

/** One process (POSIX locks) or one open file description (flock) that may hold locks, 64 bits. Compared only. */
export type LockOwner = Kind<bigint, 'lock owner'>

/** An open file that is polled, 64 bits: the kernel's kh, by which NOTIFY_POLL wakes who waits. Compared only. */
export type KernelHandle = Kind<bigint, 'kh'>

/** An open file or directory as the kernel knows it, 64 bits: see FileHandleTable for what they mean. */
export type FileHandle = Kind<bigint, 'fh'>

/** An open directory in the session's table, from 1: what its fh is, unless a handler gave an object. */
export type DirectoryId = Kind<number, 'directory'>

/** A slot of the ring, 0 to 255. */
export type SlotIndex = Kind<number, 'slot'>

/** A worker of the session, 0 to 63. */
export type WorkerIndex = Kind<number, 'worker'>

/** How often a worker's place was taken, from 1, modulo 2^24 in handles. */
export type WorkerGeneration = Kind<number, 'worker generation'>

/** Words of 64 bits that travel as two halves on hot paths, where a bigint would cost too much. */
interface Words {
  readonly fh: FileHandle
  readonly kh: KernelHandle
  readonly lockOwner: LockOwner
  readonly unique: Unique
}

/** The lower 32 bits of such a word. */
export type Low32<W extends keyof Words> = Kind<number, `lower half of ${W}`>

/** Its upper 32 bits. */
export type High32<W extends keyof Words> = Kind<number, `upper half of ${W}`>

/** The word that has these halves. For cold paths: it makes a bigint. */
export function wordOf<W extends keyof Words>(low: Low32<W>, high: High32<NoInfer<W>>): Words[W] {
  return ((BigInt(high) << 32n) | BigInt(low)) as Words[W]
}
