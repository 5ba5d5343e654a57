// A virtual kernel over lists in memory: one thread, no addon, no /dev/fuse.

import { Errno } from '../../protocol/index.js'
import {
  DEFAULT_WISHES,
  exchangeInit,
  resolveLimits,
  type SessionParameters,
  type SessionWishes,
} from '../../session/index.js'
import type { BackingSource } from './backing-registry.js'
import type { DeviceHandle } from './device-handle.js'
import { FuseConnection } from './fuse-connection.js'
import { offeredFlags } from './kernel-offer.js'
import { VirtualKernel, type VirtualKernelOptions } from './virtual-kernel.js'

/** What the kernel is and offers. */
export interface MemoryKernelOptions extends VirtualKernelOptions {
  /** Of protocol 7; 45 if absent. */
  readonly minor?: number
  /** INIT flags that the kernel offers, 64 bits; all that Linux has for this minor if absent. */
  readonly flags?: bigint
  /** Bytes; 131072 if absent. */
  readonly maxReadahead?: number
  /** sysctl fs.fuse.max_pages_limit; 256 if absent. */
  readonly maxPagesLimit?: number
  /** The mount option `default_permissions`; false if absent. */
  readonly defaultPermissions?: boolean
  /** What descriptors stand for that a daemon registers for passthrough; absent, it may register none (EPERM). */
  readonly backing?: BackingSource
}

const INIT_BUFFER = 8192

/** A virtual kernel on this thread. */
export class MemoryKernel extends VirtualKernel {
  readonly connection: FuseConnection
  /** The handle that is mounted; INIT waits on it. */
  readonly device: DeviceHandle
  readonly #maxPagesLimit: number

  constructor(options: MemoryKernelOptions = {}) {
    const {
      minor = 45,
      maxReadahead = 131072,
      maxPagesLimit = 256,
      defaultPermissions = false,
    } = options
    const connection = new FuseConnection({ maxPagesLimit })
    super(connection, options)
    this.connection = connection
    this.#maxPagesLimit = maxPagesLimit
    if (options.backing !== undefined) connection.backings.source = options.backing
    this.cache.backingOf = (id) => connection.backings.get(id)
    connection.onEvent = (event) => this.receive(event)
    connection.notificationSink = (code, body) => this.notified(code, body)
    this.device = connection.openDevice()
    const flags = options.flags ?? offeredFlags(minor)
    connection.mount(this.device, this.request.init({ minor, flags, maxReadahead }), {
      defaultPermissions,
    })
  }

  /** Answers INIT as a daemon of ours does. @throws FuseError as exchangeInit does */
  initialize(wishes: Partial<SessionWishes> = {}): SessionParameters {
    const buffer = Buffer.alloc(INIT_BUFFER)
    const count = this.device.read(buffer)
    if (count < 0) throw new Error(`INIT cannot be read: errno ${-count}`)
    const { parameters, reply } = exchangeInit(buffer.subarray(0, count), {
      ...resolveLimits({ maxBackground: wishes.maxBackground ?? DEFAULT_WISHES.maxBackground }),
      maxPagesLimit: this.#maxPagesLimit,
      ...wishes,
    })
    const result = this.device.writev([reply])
    if (result === -Errno.EINVAL || this.connection.negotiated === undefined)
      throw new Error('the kernel refuses the answer to INIT')
    return parameters
  }
}
