// Serves a filesystem to whoever sends it request messages: the whole way of a request but the kernel, the
// addon and the threads. For tests, of this package and of filesystems.

import {
  type CreateArguments,
  cacheChoiceOf,
  type FilesystemDefinition,
  flagsOf,
  isFilesystemDefinition,
  readSettings,
} from '../definition/index.js'
import type { InodeHandlers, Text } from '../inode/index.js'
import { adaptPathHandlers, type PathHandlers } from '../path/index.js'
import { mergeRules, resolveCache } from '../session/index.js'
import { MemoryNotifications } from './memory-notifications.js'
import { MemorySession } from './memory-session.js'
import type { ServeOptions } from './serve-options.js'

type Handlers = InodeHandlers<Text, number | object>

/**
 * Serves a definition, or inode handlers as they are, on this thread.
 * @throws FuseError ERR_FUSE_BAD_OPTION; what `create` throws
 */
export async function serveInMemory(
  filesystem: FilesystemDefinition | Handlers,
  options: ServeOptions = {},
): Promise<MemorySession> {
  const workers = Array.from({ length: options.workers ?? 1 }, (_, worker) => worker)
  if (!isFilesystemDefinition(filesystem))
    return new MemorySession(
      workers.map(() => filesystem),
      options,
    )
  const log: string[] = []
  const notifications = new MemoryNotifications()
  const { notifier } = notifications
  const handlers: Handlers[] = []
  const settings = readSettings(filesystem.options, options.set ?? {}, process.cwd())
  for (const worker of workers)
    handlers.push(await create(filesystem, { worker, notifier, options: settings }, options, log))
  return new MemorySession(
    handlers,
    {
      ...options,
      ...mergeRules(filesystem.rules, options),
      encoding: filesystem.encoding,
      flags: flagsOf(filesystem, settings),
      limits: { ...filesystem.limits, ...options.limits },
      cache: resolveCache(cacheChoiceOf(filesystem, settings), options.cache),
      locks: options.locks ?? filesystem.locks,
    },
    log,
    notifications,
  )
}

async function create(
  filesystem: FilesystemDefinition,
  given: Pick<CreateArguments, 'worker' | 'notifier' | 'options'>,
  options: ServeOptions,
  log: string[],
): Promise<Handlers> {
  const created = await filesystem.create({
    ...given,
    log: (level, message) => log.push(`${level}: ${message}`),
    services: options.services,
  })
  return filesystem.level === 'path'
    ? (adaptPathHandlers(created as PathHandlers<Text>) as Handlers)
    : (created as Handlers)
}
