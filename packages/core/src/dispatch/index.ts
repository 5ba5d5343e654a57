export { Dispatcher, type DispatcherOptions } from './dispatcher.js'
export {
  createLatencies,
  LatencyRecorder,
  type LatencySummary,
  readLatencies,
} from './latency-table.js'
export type { Operation } from './operation.js'
export {
  allOperations,
  methodsOf,
  OPCODE_LIMIT,
  operationFor,
  routingTable,
} from './operation-table.js'
export { RequestPump } from './request-pump.js'
export { operationName, operationNames, writeRequestRules } from './request-rules.js'
export { NextResult, type RequestTransport } from './request-transport.js'
export type { ServingParts } from './serving.js'
export { tracedTransport } from './traced-transport.js'
