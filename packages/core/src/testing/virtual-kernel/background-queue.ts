// Background requests: no more than max_background of them are with the daemon (fs/fuse/dev.c
// fuse_request_queue_background(), flush_bg_queue(), fuse_request_end()).

import type { KernelRequest } from './kernel-request.js'

export class BackgroundQueue {
  #waiting: KernelRequest[] = []
  #active = 0
  /** As negotiated; INIT itself is a background request and the first. */
  limit = 12

  /** All that are not answered, waiting or active: fc->num_background. */
  get size(): number {
    return this.#waiting.length + this.#active
  }

  push(request: KernelRequest): void {
    this.#waiting.push(request)
  }

  /** The next one that may go to pending. */
  take(): KernelRequest | undefined {
    if (this.#active >= this.limit) return undefined
    const request = this.#waiting.shift()
    if (request === undefined) return undefined
    request.isActiveBackground = true
    this.#active += 1
    return request
  }

  /** For every request that ends. */
  finished(request: KernelRequest): void {
    if (request.isActiveBackground) this.#active -= 1
    request.isActiveBackground = false
    this.remove(request)
  }

  remove(request: KernelRequest): boolean {
    const index = this.#waiting.indexOf(request)
    if (index >= 0) this.#waiting.splice(index, 1)
    return index >= 0
  }

  clear(): KernelRequest[] {
    const requests = this.#waiting
    this.#waiting = []
    return requests
  }
}
