// A worker that blocks in what comes to it from elsewhere than the mount, a socket, while the mount is quiet: what the
// kernel has given to it, and what it has answered and not sent, is seen to by others.

import { once } from 'node:events'
import { connect } from 'node:net'
import { testWorkers } from '../support/mount-test.js'
import type { Mounted } from '../support/mounted.js'
import { waitUntil } from '../support/wait-until.js'

const filesystem = new URL('./filesystems/told-to-block.js', import.meta.url)

interface Event {
  readonly event: 'serves' | 'waits' | 'blocks'
  readonly socket: string
}

function happened(mounted: Mounted, event: Event['event']): Event[] {
  return mounted.events<Event>().filter((one) => one.event === event)
}

/** Settles when the worker blocks. */
async function order(mounted: Mounted, socket: string, what: 'block' | 'settle'): Promise<void> {
  const client = connect(socket)
  await once(client, 'connect')
  client.end(what)
  await waitUntil('the worker blocks', () => happened(mounted, 'blocks').length > 0)
}

/** Reads when the mount is quiet again, once and once more. */
const SLOWLY = `import sys, time
for turn in range(2):
    time.sleep(0.2)
    sys.stdout.write(open(sys.argv[1]).read())`

testWorkers('its requests are served by others', { filesystem, workers: 4 }, async (t, mounted) => {
  // On one CPU: on io_uring the kernel goes on with the worker that was the last to serve it.
  const onFirst = (...command: string[]): Promise<string> =>
    mounted.run('taskset', ['-c', '0', ...command])
  await onFirst('cat', mounted.path('good'))
  const last = happened(mounted, 'serves').at(-1)
  await order(mounted, last?.socket ?? '', 'block')
  t.equal(
    await onFirst('python3', '-c', SLOWLY, mounted.path('good')),
    'texttext',
    'all are answered while it blocks',
  )
})

testWorkers('its answers go out', { filesystem, workers: 4 }, async (t, mounted) => {
  const client = mounted.start('cat', [mounted.path('late')])
  const waits = await waitUntil('its handler waits', () => happened(mounted, 'waits')[0])
  await order(mounted, waits.socket, 'settle')
  t.equal((await client.ended).stdout, 'text', 'the answer comes while it blocks')
})
