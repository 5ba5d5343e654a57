// The daemon of a fuseloop contestant: mounts what it is told to and serves until it is unmounted.
// Usage: node fuseloop-main.js ORDER, a DaemonOrder as JSON

import { mount } from '@fuseloop/daemon'
import { trivialServices } from '../filesystems/services.js'
import type { DaemonOrder } from './daemon-order.js'
import type { DaemonReport } from './daemon-report.js'

const order = JSON.parse(process.argv[2] ?? '{}') as DaemonOrder

function say(report: DaemonReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`)
}

try {
  const filesystem = order.isModule ? new URL(order.filesystem) : order.filesystem
  const session = await mount(filesystem, order.mountpoint, {
    ...order.settings,
    services: trivialServices(),
  })
  const { transport, workers, headOfLineBlocking } = session.status()
  const wanted = order.settings.transport
  if (wanted !== undefined && wanted !== 'auto' && transport !== wanted) {
    say({ refused: `it runs on ${transport}` })
    await session.unmount()
  } else {
    say({
      workers: workers.length,
      flags: [`transport=${transport}`, `headOfLineBlocking=${headOfLineBlocking}`],
    })
  }
} catch (error) {
  say({ refused: error instanceof Error ? error.message : String(error) })
}
