// Requests on open directories: the kernel uses the structs of files (fs/fuse/dir.c, readdir.c).

export {
  decodeFsync as decodeFsyncdir,
  decodeOpen as decodeOpendir,
  decodeRead as decodeReaddir,
  decodeRelease as decodeReleasedir,
} from './decode-file.js'
