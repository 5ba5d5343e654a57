export { adaptPathHandlers } from './path-adapter.js'
export type { PathFile, PathHandlers } from './path-handlers.js'
