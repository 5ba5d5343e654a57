// Files whose text comes from asynchronous work, each from another corner of Node: the name says which.
// /timer-MS[-ANYTHING] waits; /good is synchronous.

import { once } from 'node:events'
import * as fs from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { defineFilesystem, FsError, type RequestContext } from '@fuseloop/core'
import { EVENTS_OPTION } from '../../support/event-log.js'

interface Services {
  double(value: number): number | Promise<number>
  countCalls(): number | Promise<number>
  fail(): Promise<never>
}

/** Sends text to an echo server and gives what comes back. */
async function echo(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  socket.end(text)
  let received = ''
  socket.on('data', (piece: string) => {
    received += piece
  })
  await once(socket, 'close')
  return received
}

async function echoByOwnServer(text: string): Promise<string> {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await echo((server.address() as AddressInfo).port, text)
  } finally {
    server.close()
  }
}

/** The order in which a handler's ticks, microtasks and immediates run. */
async function ticks(): Promise<string> {
  const order: string[] = []
  process.nextTick(() => order.push('tick'))
  queueMicrotask(() => order.push('microtask'))
  const immediate = new Promise((resolve) => {
    setImmediate(() => resolve(order.push('immediate')))
  })
  order.push('handler')
  await immediate
  return order.join()
}

export default defineFilesystem({
  options: { ...EVENTS_OPTION, port: { type: 'number', default: 0 } },
  create({ options, services }) {
    const service = services as Services | undefined
    const producers: Readonly<
      Record<string, (context: RequestContext) => Promise<string> | string>
    > = {
      '/good': () => 'good',
      '/immediate': () => new Promise((resolve) => setImmediate(() => resolve('immediate'))),
      '/ticks': ticks,
      '/socket': () => echo(options.port, 'by another process'),
      '/own-socket': () => echoByOwnServer('by the same worker'),
      '/promises': () => fs.promises.readFile('/proc/version', 'utf8'),
      '/service': async () => `${await service?.double(21)}`,
      '/service-calls': async () => `${await service?.countCalls()}`,
      '/service-fails': async () => `${await service?.fail()}`,
    }
    const text = async (path: string, context: RequestContext): Promise<string> => {
      const wait = /^\/timer-(\d+)/.exec(path)?.[1]
      if (wait === undefined) return (await producers[path]?.(context)) ?? ''
      await delay(Number(wait))
      return `waited ${wait}`
    }
    return {
      getattr(path) {
        if (path === '/') return { mode: 0o40755, nlink: 2 }
        if (path in producers || path.startsWith('/timer-')) return { mode: 0o100444 }
        throw new FsError('ENOENT')
      },
      readdir: () => Object.keys(producers).map((path) => path.slice(1)),
      open: () => ({ directIo: true }),
      read(file, _buffer, position, context) {
        if (position > 0) return 0
        if (file.path === '/good') return Buffer.from('good')
        return text(file.path, context).then((text) => Buffer.from(text))
      },
    }
  },
})
