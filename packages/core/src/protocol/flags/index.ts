export { DirentType, direntType, FileType, hasFileType, S_IFMT } from './file-type.js'
export { InitFlag, type InitFlagName } from './init-flag.js'
export { AttrFlag, OpenReplyFlag } from './reply-flag.js'
export {
  AccessMask,
  FallocateMode,
  FsyncFlag,
  GetattrFlag,
  IoctlFlag,
  LkFlag,
  OpenFlag,
  PollEvent,
  PollFlag,
  ReadFlag,
  ReleaseFlag,
  RenameFlag,
  SeekWhence,
  SetattrValid,
  SetxattrFlag,
  StatxMask,
  WriteFlag,
  XattrFlag,
} from './request-flag.js'
