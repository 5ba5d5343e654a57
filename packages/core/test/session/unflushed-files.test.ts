import { UnflushedFiles } from '@fuseloop/core/session'
import t from 'tap'

const FILE = { nodeid: 2, low: 7, high: 0 }
const OTHER = { nodeid: 2, low: 8, high: 0 }

t.test('a flush covers the writes before its begin', async (t) => {
  const files = new UnflushedFiles()
  t.equal(files.lastWrite(FILE), 0)
  files.wrote(FILE)
  files.wrote(OTHER)
  const begun = files.lastWrite(FILE)
  files.wrote(FILE)
  files.flushed(FILE, begun)
  t.same(files.list(), [FILE, OTHER], 'a later write waits on')
  files.flushed(FILE, files.lastWrite(FILE))
  t.same(files.list(), [OTHER])
  files.flushed(FILE, 0)
})

t.test('what nobody will flush any more is dropped, a handle or a whole node', async (t) => {
  const files = new UnflushedFiles()
  for (const file of [FILE, OTHER, { ...FILE, nodeid: 3 }]) files.wrote(file)
  files.drop(OTHER)
  files.dropNode(2)
  t.same(files.list(), [{ ...FILE, nodeid: 3 }])
})
