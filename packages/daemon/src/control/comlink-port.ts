// comlink over worker_threads' MessagePort. Control plane only: a call costs 30 us and is cloned.

import type { MessagePort } from 'node:worker_threads'
import { type Endpoint, expose, type Remote, wrap } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'

/** Offers `api` to whoever holds the port's other end. */
export function offer(api: object, port: MessagePort): void {
  expose(api, nodeEndpoint(port) as Endpoint)
}

/** The API offered at the port's other end. */
export function reach<T>(port: MessagePort): Remote<T> {
  return wrap<T>(nodeEndpoint(port) as Endpoint)
}
