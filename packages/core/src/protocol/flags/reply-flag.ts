// Small flag words of replies (include/uapi/linux/fuse.h).

/** open_out.open_flags, the kernel's FOPEN_*. */
export const OpenReplyFlag = {
  /** No page cache: READ and WRITE as the client makes them. */
  DIRECT_IO: 0x1,
  /** Cached pages of earlier opens stay. */
  KEEP_CACHE: 0x2,
  NONSEEKABLE: 0x4,
  CACHE_DIR: 0x8,
  STREAM: 0x10,
  NOFLUSH: 0x20,
  PARALLEL_DIRECT_WRITES: 0x40,
  PASSTHROUGH: 0x80,
} as const

/** attr.flags. */
export const AttrFlag = { SUBMOUNT: 0x1, DAX: 0x2 } as const
