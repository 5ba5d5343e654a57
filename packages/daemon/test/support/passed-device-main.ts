// A program that serves a device which it was handed, for tests: argv[2] is /dev/fd/N.

import { mount } from '@fuseloop/daemon'

// Before it serves: whoever sees that it does may send the signal at once.
const asked = new Promise((resolve) => process.once('SIGUSR1', resolve))
const session = await mount('hello', process.argv[2] ?? '', { workers: 1 })
console.log('serving', session.mountpoint)
void asked.then(() => session.unmount())
const { reason } = await session.closed
console.log('ended', reason)
