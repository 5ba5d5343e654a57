// The FUSE protocol versions this package speaks; the session refuses a kernel below the minimum.

/** The protocol's major version; another one is another protocol. */
export const KERNEL_MAJOR = 7
/** Linux 5.4; below it structs and replies have other sizes. */
export const KERNEL_MINOR_MIN = 31
/** Linux 6.18; a newer kernel is answered with this and keeps to it. */
export const KERNEL_MINOR_MAX = 45
