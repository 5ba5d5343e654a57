// File types as they stand in modes (S_IF*) and in directory records (DT_*).

/** The file type within a mode. */
export const S_IFMT = 0o170000

/** S_IF* of st_mode (include/uapi/linux/stat.h). */
export const FileType = {
  FIFO: 0o010000,
  CHARACTER_DEVICE: 0o020000,
  DIRECTORY: 0o040000,
  BLOCK_DEVICE: 0o060000,
  REGULAR: 0o100000,
  SYMLINK: 0o120000,
  SOCKET: 0o140000,
} as const

/** dirent.type; readdir(3) calls them DT_*. */
export const DirentType = {
  UNKNOWN: 0,
  FIFO: 1,
  CHARACTER_DEVICE: 2,
  DIRECTORY: 4,
  BLOCK_DEVICE: 6,
  REGULAR: 8,
  SYMLINK: 10,
  SOCKET: 12,
} as const

/** The DT_* of a mode. */
export function direntType(mode: number): number {
  return (mode & S_IFMT) >> 12
}

/** Whether the type bits are ones the kernel accepts (fs/fuse/dir.c fuse_valid_type()). */
export function hasFileType(mode: number): boolean {
  switch (mode & S_IFMT) {
    case FileType.REGULAR:
    case FileType.DIRECTORY:
    case FileType.SYMLINK:
    case FileType.CHARACTER_DEVICE:
    case FileType.BLOCK_DEVICE:
    case FileType.FIFO:
    case FileType.SOCKET:
      return true
    default:
      return false
  }
}
