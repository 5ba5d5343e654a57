// The end by force where /sys/fs/fuse/connections is not mounted: the device is closed instead.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { CommandPlace } from '../cli/command-place.js'
import { whyNoMounts } from '../support/mount-environment.js'

const PROGRAM = fileURLToPath(new URL('../support/abort-main.js', import.meta.url))
const FILESYSTEM = fileURLToPath(new URL('./filesystems/interruptible.js', import.meta.url))

/** In a mount namespace of its own. */
const WITHOUT_FUSECTL = `umount -l /sys/fs/fuse/connections 2>/dev/null
ls /sys/fs/fuse/connections; exec "$0" "$@"`

/** On io_uring rings keep the connection until workers have left, whose requests are answered. */
const ABORTED = /^aborted: cat: .*: (Software caused connection abort|Input\/output error)\n/

t.test('abort() sets a stuck client free all the same', { skip: whyNoMounts() }, async (t) => {
  const place = CommandPlace.make(t)
  const program = [process.execPath, PROGRAM, FILESYSTEM, place.mountpoint, join(place.folder, 'e')]
  const namespace = ['--mount', '--propagation', 'private', 'sh', '-c', WITHOUT_FUSECTL]
  t.match(await place.run('unshare', ...namespace, ...program), {
    code: 0,
    stdout: ABORTED,
    stderr: '',
  })
})
