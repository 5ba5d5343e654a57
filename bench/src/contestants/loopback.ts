// The loopback example: a directory shown through fuseloop, with nothing cached, as libfuse's passthrough_ll beside it.

import type { MountSettings } from '@fuseloop/daemon'
import type { Contestant } from './contestant.js'
import { orderCommand } from './fuseloop.js'

export function loopbackContestants(): Contestant[] {
  return [
    loopback('loopback-uring', 'uring'),
    loopback('loopback-direct', 'direct'),
    loopback('loopback-ring', 'ring'),
    loopback('loopback-passthrough', 'auto', { passthrough: true }),
  ]
}

function loopback(
  name: string,
  transport: string,
  set: Readonly<Record<string, unknown>> = {},
): Contestant {
  return {
    name,
    role: 'contestant',
    serves: 'directory',
    handlers: 'sync',
    onlyScaling: false,
    isQuick: transport !== 'ring',
    workers: null,
    entries: null,
    flags: [
      'cache=none',
      'acl=false',
      ...Object.entries(set).map(([key, value]) => `${key}=${value}`),
    ],
    command: ({ mountpoint, source }, { nice }) =>
      orderCommand({
        filesystem: 'loopback',
        isModule: false,
        mountpoint,
        settings: {
          transport,
          workerNice: nice,
          mountOptions: { no_default_permissions: true },
          set: { source, cache: 'none', acl: false, ...set },
        } as MountSettings,
      }),
  }
}
