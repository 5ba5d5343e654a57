// What a process that measures the in-process endpoint is told, and what it prints, as JSON.

/** `memory`: the TypeScript twin of ring, pool and device, on one thread. */
export type EndpointTransport = 'ring' | 'direct' | 'memory'

export interface EndpointOrder {
  readonly transport: EndpointTransport
  readonly workers: number
  /** Settings of the filesystem of ../filesystems/endpoint.ts. */
  readonly set: Readonly<Record<string, string>>
  readonly seconds: number
}

export type EndpointAnswer =
  | { readonly refused: string }
  | {
      readonly opsPerSecond: number
      readonly p50Us: number
      readonly p99Us: number
      readonly cpuUsPerOp: number
    }
