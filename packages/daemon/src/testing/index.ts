// For tests and measurements of filesystems as they run in production, without a mount.

export { NativeConnection, type NativeConnectionOptions } from './native-connection.js'
export { type PoolSettings, type ServedPool, servePool } from './serve-pool.js'
