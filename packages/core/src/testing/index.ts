export { MemoryEndpoint, type MemoryEndpointOptions } from './memory-endpoint.js'
export {
  Reply,
  type WireAttributes,
  type WireDirent,
  type WireEntry,
  type WireOpened,
  type WireStatfs,
} from './reply.js'
export {
  type Caller,
  type InitOffer,
  opcodeOf,
  RequestBuilder,
  type SetattrChanges,
  uniqueOf,
  type Word,
} from './request-builder.js'
export { RingTransport, type RingTransportParts } from './ring-transport.js'
export { MemorySession, type ServeOptions, serveInMemory } from './serve-in-memory.js'
