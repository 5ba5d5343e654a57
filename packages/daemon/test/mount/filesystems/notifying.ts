// Files of a directory, `source`, which tests change behind the mount's back; what is known of them is kept for
// ever, so that only notifications tell. What is written to /control is a call of the worker's own notifier.
//   busy-store, busy-drop: a READ that sends one about its own file, and answers only after one about another
//   busy-entry: a LOOKUP that sends one about its own directory, and likewise
//   bell, gong: can be read, says poll(2), once it has contents; bell wakes who waits, gong leaves it to others

import * as fs from 'node:fs'
import {
  defineInodeFilesystem,
  type Entry,
  FsError,
  type InodeNode,
  PollEvent,
} from '@fuseloop/core'
import { EVENTS_OPTION, recorder } from '../../support/event-log.js'

const FOR_EVER = 1e9
const PAGE = 4096
const CONTROL = 'control'

export interface NotifierCall {
  readonly call: 'invalidateInode' | 'invalidateEntry' | 'store' | 'prune' | 'incrementEpoch'
  readonly arguments: readonly unknown[]
}

export interface NotifyingEvent {
  readonly event: 'read' | 'getattr' | 'lookup' | 'notified' | 'poll'
  readonly worker: number
  readonly path?: string
  readonly result?: unknown
}

export default defineInodeFilesystem({
  options: { ...EVENTS_OPTION, source: { type: 'path', required: true } },
  cache: { entryTimeoutMs: FOR_EVER, attributesTimeoutMs: FOR_EVER, negativeTimeoutMs: FOR_EVER },
  create({ options, notifier, worker }) {
    const log = recorder(options.events)
    const note = (event: NotifyingEvent['event'], path: string, result?: unknown): void =>
      log({ event, worker, path, result })
    const told = (path: string, result: Promise<unknown>): void =>
      void result.then(
        (value) => note('notified', path, value),
        (error: unknown) => note('notified', path, String(error)),
      )

    function pathOf(node: InodeNode, name?: string): string {
      if (node.path === undefined) throw new FsError('ESTALE')
      return name === undefined || node.path === '' ? (name ?? node.path) : `${node.path}/${name}`
    }
    function attributesOf(path: string): Entry['attributes'] {
      if (path === CONTROL) return { mode: 0o100666, size: 0 }
      const { mode, size, mtimeMs } = fs.lstatSync(`${options.source}/${path}`)
      return { mode, size, mtime: BigInt(Math.round(mtimeMs)) * 1_000_000n }
    }
    async function busy(name: string, node: InodeNode): Promise<void> {
      const range = { offset: 0 }
      if (name === 'busy-store') told(name, notifier.store(node, PAGE, Buffer.alloc(PAGE, 'S')))
      if (name === 'busy-drop') told(name, notifier.invalidateInode(node, range))
      if (name === 'busy-entry') told(name, notifier.invalidateEntry(node, name))
      // Not held up by the one before.
      told('another', notifier.invalidateInode(FOR_EVER, range))
      await notifier.invalidateInode(FOR_EVER, range)
    }

    return {
      async lookup(parent, name) {
        const path = pathOf(parent, name)
        note('lookup', path)
        if (name === 'busy-entry') await busy(name, parent)
        // What is not there is cached too.
        const exists = path === CONTROL || fs.existsSync(`${options.source}/${path}`)
        return exists ? { attributes: attributesOf(path) } : undefined
      },
      getattr(node) {
        note('getattr', pathOf(node))
        return attributesOf(pathOf(node))
      },
      setattr(node, { size }) {
        const path = pathOf(node)
        if (size !== undefined && path !== CONTROL)
          fs.truncateSync(`${options.source}/${path}`, size)
        return attributesOf(path)
      },
      readdir: (directory) => fs.readdirSync(`${options.source}/${pathOf(directory.node)}`),
      open: (node) => (pathOf(node) === CONTROL ? { directIo: true } : { keepCache: true }),
      async read(file, buffer, position) {
        const path = pathOf(file.node)
        note('read', path)
        if (path.startsWith('busy-')) await busy(path, file.node)
        const bytes = fs.readFileSync(`${options.source}/${path}`)
        return bytes.copy(buffer, 0, position)
      },
      poll(file, events, handle) {
        const path = pathOf(file.node)
        const isReady = (): boolean => fs.statSync(`${options.source}/${path}`).size > 0
        const found = isReady() ? PollEvent.IN : 0
        if (found === 0 && path === 'bell' && handle !== undefined) {
          const watcher = fs.watch(`${options.source}/${path}`, () => {
            if (!isReady()) return
            watcher.close()
            handle.notify()
          })
        }
        // Who is told of it may change the file: what watches it is there by now.
        note('poll', path, handle && String(handle.kh))
        return (found | PollEvent.OUT) & events
      },
      write(file, buffer, position) {
        const path = pathOf(file.node)
        if (path !== CONTROL) {
          const target = fs.openSync(`${options.source}/${path}`, 'r+')
          fs.writeSync(target, buffer, 0, buffer.byteLength, position)
          fs.closeSync(target)
          return buffer.byteLength
        }
        const order = JSON.parse(buffer.toString()) as NotifierCall
        const method = notifier[order.call] as (...given: readonly unknown[]) => Promise<unknown>
        told(order.call, method.apply(notifier, [...order.arguments]))
        return buffer.byteLength
      },
    }
  },
})
