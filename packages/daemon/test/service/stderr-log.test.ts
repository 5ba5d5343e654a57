import t from 'tap'
import { logLine } from '../../dist/service/stderr-log.js'

const who = { mountpoint: '/mnt/data', worker: 2 }

t.test(
  'for the journal an event is one line with its priority, its mount and its worker',
  async (t) => {
    t.equal(logLine('error', 'it failed', who, true), '<3>/mnt/data worker 2: it failed\n')
    t.equal(
      logLine('warn', 'Error: x\n    at a\n    at b\n', { mountpoint: '/mnt/data' }, true),
      '<4>/mnt/data: Error: x | at a | at b\n',
    )
    t.equal(logLine('info', 'ready', who, true), '<6>/mnt/data worker 2: ready\n')
    t.equal(logLine('debug', 'x', who, true), '<7>/mnt/data worker 2: x\n')
  },
)

t.test('elsewhere it is as it is', async (t) => {
  t.equal(logLine('error', 'a\n  b', who, false), `fuseloop[${process.pid}/2] error: a\n  b\n`)
  t.equal(logLine('warn', 'text', { mountpoint: '/mnt/data' }, false), 'fuseloop: text\n')
})
