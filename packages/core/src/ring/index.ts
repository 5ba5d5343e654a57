export { RequestRing, type RingMemory } from './request-ring.js'
export {
  type RingCounters,
  readRingCounters,
  readWorkerCounters,
  type WorkerCounters,
} from './ring-counters.js'
export * from './ring-layout.js'
export { SlotQueue } from './slot-queue.js'
