// What one client process asks of a connection: requests with its uid, gid and pid, errors as node:fs throws
// them, signals for whatever it waits for, and references given back.

import type { FileHandle } from '../../base/ids.js'
import { codeFromErrno, Errno, type ErrnoCode, opcodeName } from '../../protocol/index.js'
import type { Caller } from './message-builder.js'
import { describeMessage } from './message-fields.js'
import type { Reply } from './reply.js'
import { opcodeOf, RequestBuilder } from './request-builder.js'
import type { SentRequest, VirtualKernel } from './virtual-kernel.js'

/** RELEASE comes from whoever drops the last reference: it names nobody (fs/fuse/file.c, args->nocreds). */
const NO_CREDENTIALS: Caller = { uid: 0, gid: 0, pid: 0 }

/** What a client of the mount gets: as an error of node:fs. */
export class ClientError extends Error {
  /** POSIX name. */
  readonly code: string
  /** Negative. */
  readonly errno: number
  /** The operation that failed; undefined where the kernel refused by itself. */
  readonly operation: string | undefined

  constructor(errno: number, what: string, operation?: string) {
    const code = codeFromErrno(-errno) ?? `error ${errno}`
    super(`${code}: ${what}`)
    this.name = 'ClientError'
    this.code = code
    this.errno = errno
    this.operation = operation
  }
}

/** An error that the VFS finds without asking. */
export function refusal(code: ErrnoCode, path: string | Uint8Array): ClientError {
  return new ClientError(-Errno[code], Buffer.from(path).toString())
}

export class ClientCalls {
  readonly kernel: VirtualKernel
  /** Makes messages in the client's name. */
  readonly request: RequestBuilder
  readonly keepsReferences: boolean
  readonly #withoutCredentials = new RequestBuilder(NO_CREDENTIALS)
  readonly #waiting = new Set<SentRequest>()
  readonly #unsupported = new Set<number>()

  constructor(kernel: VirtualKernel, caller: Partial<Caller>, keepsReferences: boolean) {
    this.kernel = kernel
    this.request = new RequestBuilder(caller)
    this.keepsReferences = keepsReferences
  }

  /** Requests that the client waits for. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** @throws ClientError */
  call(message: Uint8Array): Promise<Reply> {
    return this.#await(this.kernel.requestSend(message), message)
  }

  /**
   * What a filesystem need not have: after ENOSYS the kernel takes it for done, and never asks again
   * (fs/fuse/file.c fuse_flush(): fc->no_flush; fuse_fsync(): fc->no_fsync).
   */
  async callOptional(message: Uint8Array): Promise<void> {
    const opcode = opcodeOf(message)
    if (this.#unsupported.has(opcode)) return
    try {
      await this.call(message)
    } catch (error) {
      if ((error as Partial<ClientError>).code !== 'ENOSYS') throw error
      this.#unsupported.add(opcode)
    }
  }

  /**
   * What a filesystem need not have, and whose lack the client is told by another errno: after ENOSYS the kernel
   * says so by itself (fs/fuse/xattr.c fuse_setxattr(): fc->no_setxattr; fs/fuse/file.c: fc->no_fallocate).
   */
  async callOr(instead: ErrnoCode, message: Uint8Array): Promise<Reply> {
    const opcode = opcodeOf(message)
    const refuse = (): ClientError => refusal(instead, describeMessage(message))
    if (this.#unsupported.has(opcode)) throw refuse()
    try {
      return await this.call(message)
    } catch (error) {
      if ((error as Partial<ClientError>).code !== 'ENOSYS') throw error
      this.#unsupported.add(opcode)
      throw refuse()
    }
  }

  /** RELEASE, RELEASEDIR: in the background, and nobody sees how it fails. Resolves when it is answered. */
  async release(
    nodeid: bigint,
    fh: FileHandle,
    flags: number,
    isDirectory: boolean,
  ): Promise<void> {
    const builder = this.#withoutCredentials
    const message = isDirectory
      ? builder.releasedir(nodeid, fh, flags)
      : builder.release(nodeid, fh, flags)
    await this.kernel.requestSendNonblock(message).reply
  }

  /** Gives one reference for each of the nodes back, the deepest first as their dentries go. */
  forget(nodeids: readonly bigint[]): void {
    if (this.keepsReferences) return
    for (const nodeid of [...nodeids].reverse()) this.kernel.requestSendNoReply(nodeid, 1)
  }

  interrupt(): void {
    for (const sent of this.#waiting) this.kernel.signal(sent)
  }

  kill(): void {
    for (const sent of this.#waiting) this.kernel.kill(sent)
  }

  async #await(sent: SentRequest, message: Uint8Array): Promise<Reply> {
    this.#waiting.add(sent)
    try {
      const reply = await sent.reply
      if (reply.error === 0) return reply
      const operation = opcodeName(opcodeOf(message))
      throw new ClientError(reply.error, describeMessage(message), operation)
    } finally {
      this.#waiting.delete(sent)
    }
  }
}
