// Events of an in-process connection as the addon hands them over: records one after another, little-endian;
// src/napi/queue-event-record.hpp is the writing side.

/** ConnectionEvent of @fuseloop/core/testing, where its kinds are told. */
export type QueueEvent =
  | { readonly kind: 'queued'; readonly token: number; readonly unique: bigint }
  | {
      readonly kind: 'read'
      readonly handle: number
      readonly token: number
      readonly message: Uint8Array
    }
  | {
      readonly kind: 'written'
      readonly handle: number
      readonly token: number
      readonly unique: bigint
      readonly error: number
      readonly byteLength: number
      readonly result: number
    }
  | {
      readonly kind: 'settled'
      readonly token: number
      readonly error: number
      readonly body: Uint8Array
    }
  | {
      readonly kind: 'notified'
      readonly code: number
      readonly body: Uint8Array
      readonly result: number
    }
  | { readonly kind: 'ended'; readonly aborted: boolean }

/** Byte offsets of struct QueueEventRecord. */
const Field = {
  length: 0,
  kind: 4,
  token: 8,
  unique: 16,
  handle: 24,
  error: 28,
  result: 32,
  byteLength: 36,
  dataLength: 40,
  data: 48,
} as const

/** By enum QueueEventKind. */
const decoders: readonly (((record: EventRecord) => QueueEvent) | undefined)[] = [
  undefined,
  ({ token, unique }) => ({ kind: 'queued', token, unique }),
  ({ handle, token, data }) => ({ kind: 'read', handle, token, message: data }),
  ({ handle, token, unique, error, byteLength, result }) => ({
    kind: 'written',
    handle,
    token,
    unique,
    error,
    byteLength,
    result,
  }),
  ({ token, error, data }) => ({ kind: 'settled', token, error, body: data }),
  ({ error, data, result }) => ({ kind: 'notified', code: error, body: data, result }),
  ({ error }) => ({ kind: 'ended', aborted: error !== 0 }),
]

interface EventRecord {
  readonly token: number
  readonly unique: bigint
  readonly handle: number
  readonly error: number
  readonly result: number
  readonly byteLength: number
  readonly data: Uint8Array
}

/** The events of a batch, in order. Their byte arrays are views of it. */
export function decodeQueueEvents(batch: Uint8Array): QueueEvent[] {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength)
  const events: QueueEvent[] = []
  let start = 0
  while (start < batch.byteLength) {
    const decode = decoders[view.getUint32(start + Field.kind, true)]
    if (decode === undefined) throw new Error('an event of a kind that this loader does not know')
    const dataLength = view.getUint32(start + Field.dataLength, true)
    events.push(
      decode({
        token: view.getFloat64(start + Field.token, true),
        unique: view.getBigUint64(start + Field.unique, true),
        handle: view.getUint32(start + Field.handle, true),
        error: view.getInt32(start + Field.error, true),
        result: view.getInt32(start + Field.result, true),
        byteLength: view.getUint32(start + Field.byteLength, true),
        data: batch.subarray(start + Field.data, start + Field.data + dataLength),
      }),
    )
    start += view.getUint32(start + Field.length, true)
  }
  return events
}
