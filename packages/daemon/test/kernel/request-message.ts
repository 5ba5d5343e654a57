// A message as it was read from the device.

import { opcodeName } from '@fuseloop/core/protocol'

const HEADER = 40

export class RequestMessage {
  readonly bytes: Buffer

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get opcode(): string {
    return opcodeName(this.bytes.readUInt32LE(4))
  }

  get unique(): bigint {
    return this.bytes.readBigUInt64LE(8)
  }

  get nodeid(): bigint {
    return this.bytes.readBigUInt64LE(16)
  }

  get pid(): number {
    return this.bytes.readUInt32LE(32)
  }

  get body(): Buffer {
    return this.bytes.subarray(HEADER)
  }

  /** The name that the body begins with. */
  get name(): string {
    return this.body.toString('latin1').split('\0')[0] ?? ''
  }
}
