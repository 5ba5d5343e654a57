// A program that aborts its mount while a client waits for a handler, for tests: argv[2] is the filesystem
// (filesystems/interruptible.js), argv[3] the mountpoint, argv[4] the file that the filesystem writes events to.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { mount } from '@fuseloop/daemon'
import { waitUntil } from './wait-until.js'

const [filesystem = '', mountpoint = '', events = ''] = process.argv.slice(2)
const session = await mount(filesystem, mountpoint, { workers: 2, set: { events } })
const client = spawn('cat', [`${mountpoint}/signal`], { stdio: ['ignore', 'ignore', 'pipe'] })
const ended = once(client, 'exit')
const said = text(client.stderr)
await waitUntil('the client waits', () => existsSync(events))
await session.abort()
await ended
process.stdout.write(`${(await session.closed).reason}: ${await said}`)
