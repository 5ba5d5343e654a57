// With a trace, each answer is one line: what was asked, by whom, and what became of it.

import { FsError } from '@fuseloop/core'
import type { MemorySession } from '@fuseloop/core/testing'
import t, { type Test } from 'tap'
import { DIRECTORY, everyName, gate, type Handlers, lookedUp, serve } from './served.js'

function traced(t: Test, handlers: Handlers): { session: MemorySession; lines: string[] } {
  const lines: string[] = []
  return { session: serve(t, handlers, { trace: (line) => lines.push(line) }), lines }
}

/** Without the parts that differ from run to run. */
function comparable(line: string | undefined): string | undefined {
  return line?.replace(/unique: \d+/, 'unique: N').replace(/\d+ us$/, 'N us')
}

t.test('names, ranges and results', async (t) => {
  const { session, lines } = traced(t, {
    ...everyName(),
    read: (_file, buffer) => buffer.write('text'),
    rename: () => {
      throw new FsError('EXDEV')
    },
    getxattr: () => Buffer.from('value'),
    setxattr: () => undefined,
  })
  const { request } = session
  const file = await lookedUp(session, 'ä"b')
  await session.send(request.read(file, 0, 4096, 512))
  await session.send(request.rename(1, 'a', file, 'b'))
  await session.send(request.symlink(1, 'link', 'to here'))
  await session.send(request.getxattr(file, 'user.x', 64))
  await session.send(request.setxattr(file, 'user.x', 'a value'))
  await session.send(request.mkdir(1, 'd', 0o755))
  t.strictSame(lines.map(comparable), [
    'unique: N, opcode: LOOKUP (1), nodeid: 1, name: "ä\\"b", pid: 5000000 -> success, outsize: 144, N us',
    `unique: N, opcode: READ (15), nodeid: ${file}, fh: 0, offset: 4096, size: 512, pid: 5000000 -> success, outsize: 20, N us`,
    `unique: N, opcode: RENAME (12), nodeid: 1, newdir: ${file}, name: "a" "b", pid: 5000000 -> error: -18 (EXDEV), N us`,
    'unique: N, opcode: SYMLINK (6), nodeid: 1, name: "link" "to here", pid: 5000000 -> error: -38 (ENOSYS), N us',
    `unique: N, opcode: GETXATTR (22), nodeid: ${file}, size: 64, name: "user.x", pid: 5000000 -> success, outsize: 21, N us`,
    `unique: N, opcode: SETXATTR (21), nodeid: ${file}, size: 7, name: "user.x", pid: 5000000 -> success, outsize: 16, N us`,
    'unique: N, opcode: MKDIR (9), nodeid: 1, name: "d", pid: 5000000 -> error: -38 (ENOSYS), N us',
  ])
})

t.test('an answer that comes late is in its line when it comes', async (t) => {
  const { opened, open } = gate()
  const { session, lines } = traced(t, {
    ...everyName(),
    getattr: async () => {
      await opened
      return DIRECTORY
    },
  })
  const asked = session.send(session.request.getattr(1))
  await lookedUp(session)
  t.match(lines, [/LOOKUP/], 'others pass it by')
  open()
  await asked
  t.match(lines, [/LOOKUP/, /GETATTR \(3\), nodeid: 1, pid: 5000000 -> success/])
})

t.test('what the kernel does not take says so', async (t) => {
  const { opened, open } = gate()
  const { session, lines } = traced(t, {
    ...everyName(),
    getattr: async () => {
      await opened
      return DIRECTORY
    },
  })
  session.send(session.request.getattr(1)).catch(() => undefined)
  await lookedUp(session)
  session.kernel.abort()
  open()
  await new Promise((resolve) => setImmediate(resolve))
  t.match(lines.at(-1), /GETATTR .* -> not taken: E[A-Z]+$/)
})
