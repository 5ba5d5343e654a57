// Node has no datagram sockets of UNIX; socat, or a helper, would be the receiver. A stream of python3, which the addon's
// build needs anyway, is it here.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { tellServiceManager } from '../../dist/service/service-manager.js'
import { within } from '../support/wait-until.js'

const RECEIVER = `
import socket, sys
path = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('\\0' + path[1:] if path[0] == '@' else path)
print('bound', flush=True)
print(repr(s.recv(4096).decode()), flush=True)
`

const root = mkdtempSync(join(tmpdir(), 'fuseloop-notify-'))
t.teardown(() => rmSync(root, { recursive: true, force: true }))

for (const path of [join(root, 'socket'), `@fuseloop-test-${process.pid}`]) {
  t.test(`states are one datagram to ${path[0]}...`, async (t) => {
    const receiver = spawn('python3', ['-c', RECEIVER, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.teardown(() => receiver.kill('SIGKILL'))
    let seen = ''
    receiver.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text
    })
    await within('binding', once(receiver.stdout, 'data'), 60_000)
    process.env['NOTIFY_SOCKET'] = path
    tellServiceManager('READY=1', 'STATUS=two\nlines')
    await within('the datagram', once(receiver, 'close'), 60_000)
    t.equal(seen, "bound\n'READY=1\\nSTATUS=two lines'\n")
  })
}

t.test('without a socket nothing is told', async (t) => {
  delete process.env['NOTIFY_SOCKET']
  t.doesNotThrow(() => tellServiceManager('READY=1'))
})
