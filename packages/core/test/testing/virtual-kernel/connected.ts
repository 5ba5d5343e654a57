// A virtual kernel and its device in the hands of a test that plays the daemon.

import { MemoryKernel, type MemoryKernelOptions, opcodeOf, uniqueOf } from '@fuseloop/core/testing'

export const Err = {
  EPERM: -1,
  ENOENT: -2,
  EINTR: -4,
  EIO: -5,
  E2BIG: -7,
  EAGAIN: -11,
  ENODEV: -19,
  ENOTDIR: -20,
  EINVAL: -22,
  ENOTTY: -25,
  ENAMETOOLONG: -36,
  ENOTEMPTY: -39,
  ECONNABORTED: -103,
} as const

export interface ReadMessage {
  readonly opcode: number
  readonly unique: bigint
  readonly bytes: Buffer
}

/** INIT is answered; `maxWrite` is 4096, so that any buffer of 8192 bytes will do. */
export function connected(options: MemoryKernelOptions = {}): MemoryKernel {
  const kernel = new MemoryKernel(options)
  kernel.initialize({ maxWrite: 4096 })
  return kernel
}

/** The next message. @throws with the errno where there is none */
export function take(kernel: MemoryKernel, device = kernel.device): ReadMessage {
  const buffer = Buffer.alloc(65536)
  const count = device.read(buffer)
  if (count < 0) throw new Error(`read: errno ${-count}`)
  const bytes = buffer.subarray(0, count)
  return { opcode: opcodeOf(bytes), unique: uniqueOf(bytes), bytes }
}

/** Opcodes of all that can be read now. */
export function takeAll(kernel: MemoryKernel): number[] {
  const opcodes: number[] = []
  while (kernel.device.poll().readable) opcodes.push(take(kernel).opcode)
  return opcodes
}

/** A reply, or with unique 0 a notification. */
export function reply(unique: bigint, error: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(16)
  header.writeUInt32LE(16 + body.byteLength, 0)
  header.writeInt32LE(error, 4)
  header.writeBigUInt64LE(unique, 8)
  return Buffer.concat([header, body])
}

/** fuse_entry_out of a node; of a file unless `mode` says otherwise. */
export function entryOut(nodeid: bigint, mode = 0o100644, size = 0n): Buffer {
  const body = Buffer.alloc(128)
  body.writeBigUInt64LE(nodeid, 0)
  body.writeBigUInt64LE(size, 48)
  body.writeUInt32LE(mode, 100)
  return body
}

/** fuse_attr_out. */
export function attrOut(mode: number): Buffer {
  const body = Buffer.alloc(104)
  body.writeUInt32LE(mode, 76)
  return body
}

/** Looks a name up as `nodeid`. */
export async function known(
  kernel: MemoryKernel,
  name: string,
  nodeid: bigint,
  mode = 0o100644,
  parent = 1n,
): Promise<void> {
  const looked = kernel.send(kernel.request.lookup(parent, name))
  kernel.device.writev([reply(take(kernel).unique, 0, entryOut(nodeid, mode))])
  const { error } = await looked
  if (error !== 0) throw new Error(`LOOKUP of ${name}: errno ${-error}`)
}

/** Little-endian words of 8 bytes. */
export function words(...values: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length)
  for (const [index, value] of values.entries())
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value), 8 * index)
  return bytes
}
