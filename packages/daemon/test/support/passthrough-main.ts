// A program that mounts the loopback with passthrough, lets a client read a file, and tells what became of it, for
// tests: argv[2] is the source, argv[3] the mountpoint, argv[4] the file's name.

import { execFileSync } from 'node:child_process'
import { mount } from '@fuseloop/daemon'

const [source = '', mountpoint = '', name = ''] = process.argv.slice(2)
await using session = await mount('loopback', mountpoint, {
  workers: 2,
  set: { source, passthrough: true },
})
const text = execFileSync('cat', [`${mountpoint}/${name}`], { encoding: 'utf8', timeout: 60_000 })
console.log(JSON.stringify({ text, passthrough: session.status().passthrough }))
