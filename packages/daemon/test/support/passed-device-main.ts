// A program that serves a device which it was handed, for tests: argv[2] is /dev/fd/N.

import { mount } from '@fuseloop/daemon'

const session = await mount('hello', process.argv[2] ?? '', { workers: 1 })
console.log('serving', session.mountpoint)
process.once('SIGUSR1', () => void session.unmount())
const { reason } = await session.closed
console.log('ended', reason)
