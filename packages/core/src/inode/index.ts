export { type CollectedListing, collectListing, handlerOffset } from './directory-stream.js'
export {
  FileHandleTable,
  HANDLE_GENERATION_MASK,
  HANDLE_WORKER_SHIFT,
  isHandle,
  OBJECT_HANDLE_BIT,
  type WireHandle,
} from './file-handle-table.js'
export { answerForError, type ErrorAnswer, FsError } from './fs-error.js'
export type * from './handler-types.js'
export type * from './inode-handlers.js'
export { isPromise } from './is-promise.js'
export { type ListedEntry, UNKNOWN_INO } from './listed-entries.js'
export { NodeReference } from './node-reference.js'
export { type TextCodec, textCodec } from './text-codec.js'
