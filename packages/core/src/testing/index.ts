export { RingTransport, type RingTransportParts } from './ring-transport.js'
export { MemorySession, type ServeOptions, serveInMemory } from './serve-in-memory.js'
export * from './simulation/index.js'
export * from './virtual-kernel/index.js'
