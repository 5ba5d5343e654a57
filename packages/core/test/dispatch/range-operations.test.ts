import { inspect } from 'node:util'
import type { MemorySession } from '@fuseloop/core/testing'
import t from 'tap'
import { everyName, fails, type Handlers, lookedUp, refusedAsJunk, serve } from './served.js'

const SAFE = Number.MAX_SAFE_INTEGER
const TWO_53 = 2n ** 53n
const SEEK_DATA = 3
const SEEK_HOLE = 4

async function opened(session: MemorySession, name = 'f'): Promise<{ nodeid: number; fh: bigint }> {
  const nodeid = await lookedUp(session, name)
  return { nodeid, fh: (await session.send(session.request.open(nodeid))).opened.fh }
}

function withOpen(more: Handlers): Handlers {
  let opens = 0
  return everyName({ open: () => ++opens, ...more })
}

t.test('FALLOCATE brings file, mode and range', async (t) => {
  const seen: unknown[] = []
  const session = serve(
    t,
    withOpen({
      fallocate: (file, mode, offset, length) => {
        seen.push([file.node.nodeid, file.handle, mode, offset, length])
        if (mode === 16) throw Object.assign(new Error('no'), { code: 'EOPNOTSUPP' })
      },
    }),
  )
  const { nodeid, fh } = await opened(session)
  const ask = (mode: number, offset: number | bigint, length: number | bigint) =>
    session.send(session.request.fallocate(nodeid, fh, mode, offset, length))
  t.equal((await ask(0, 0, 4096)).error, 0)
  t.equal((await ask(3, 2 ** 40, SAFE - 2 ** 40)).error, 0)
  t.equal((await ask(16, 1, 1)).code, 'EOPNOTSUPP')
  t.same(seen, [
    [nodeid, 1, 0, 0, 4096],
    [nodeid, 1, 3, 2 ** 40, SAFE - 2 ** 40],
    [nodeid, 1, 16, 1, 1],
  ])
  for (const [offset, length] of [
    [TWO_53, 1],
    [0, TWO_53],
    [SAFE, 1],
    [2n ** 63n - 1n, 1],
  ] as const)
    t.equal((await ask(0, offset, length)).code, 'EFBIG')
  t.equal(seen.length, 3)
  t.same(session.log, [])
})

t.test('LSEEK answers with a number or bigint of 63 bits', async (t) => {
  const session = serve(
    t,
    withOpen({
      lseek: (_file, offset, whence) => (whence === SEEK_DATA ? offset + 10 : 2n ** 63n - 1n),
    }),
  )
  const { nodeid, fh } = await opened(session)
  const ask = (offset: number | bigint, whence: number) =>
    session.send(session.request.lseek(nodeid, fh, offset, whence))
  t.equal((await ask(2 ** 40, SEEK_DATA)).word, 2n ** 40n + 10n)
  t.equal((await ask(0, SEEK_HOLE)).word, 2n ** 63n - 1n)
})

t.test('LSEEK behind 2^53-1, and where there is nothing, is ENXIO', async (t) => {
  let calls = 0
  const session = serve(
    t,
    withOpen({
      lseek: () => {
        calls++
        return fails('ENXIO')()
      },
    }),
  )
  const { nodeid, fh } = await opened(session)
  for (const offset of [TWO_53, TWO_53 + 1n, 2n ** 63n - 1n, -1n])
    t.equal(
      (await session.send(session.request.lseek(nodeid, fh, offset, SEEK_DATA))).code,
      'ENXIO',
    )
  t.equal(calls, 0)
  t.equal((await session.send(session.request.lseek(nodeid, fh, 5, SEEK_HOLE))).code, 'ENXIO')
  t.same([calls, session.log], [1, []])
})

t.test('both ways of copying reach one handler, with both files', async (t) => {
  const seen: unknown[] = []
  const session = serve(
    t,
    withOpen({
      copy_file_range: (source, from, target, to, length) => {
        seen.push([source.node.path, source.handle, from, target.node.path, target.handle, to])
        return Math.min(length, 100)
      },
    }),
  )
  const { request } = session
  const source = { ...(await opened(session, 'a')), offset: 5 }
  const target = { ...(await opened(session, 'b')), offset: 7 }
  t.equal((await session.send(request.copyFileRange(source, target, 50))).written, 50)
  t.equal((await session.send(request.copyFileRange64(source, target, 2 ** 40))).word, 100n)
  t.same(seen, new Array(2).fill(['a', 1, 5, 'b', 2, 7]))
})

t.test('a copy is cut short before a count or an offset could be wrong', async (t) => {
  const lengths: number[] = []
  const session = serve(
    t,
    withOpen({
      copy_file_range: (_source, _from, _target, _to, length) => {
        lengths.push(length)
        return length
      },
    }),
  )
  const { request } = session
  const a = await opened(session, 'a')
  const at = (offset: number | bigint) => ({ ...a, offset })
  const huge = 2n ** 63n - 1n
  t.equal((await session.send(request.copyFileRange(at(0), at(0), huge))).written, 0xffff_f000)
  t.equal((await session.send(request.copyFileRange64(at(0), at(0), huge))).word, BigInt(SAFE))
  t.equal((await session.send(request.copyFileRange64(at(1), at(SAFE - 5), 100))).word, 5n)
  t.same(lengths, [0xffff_f000, SAFE, 5])
})

t.test('copies from behind 2^53-1 end there, to there are EFBIG, with flags EINVAL', async (t) => {
  let calls = 0
  const session = serve(t, withOpen({ copy_file_range: () => ++calls }))
  const { request } = session
  const a = await opened(session, 'a')
  const at = (offset: number | bigint) => ({ ...a, offset })
  for (const how of ['copyFileRange', 'copyFileRange64'] as const) {
    const reply = await session.send(request[how](at(TWO_53), at(0), 10))
    t.equal(how === 'copyFileRange' ? reply.written : Number(reply.word), 0)
    t.equal((await session.send(request[how](at(0), at(TWO_53), 10))).code, 'EFBIG')
    t.equal((await session.send(request[how](at(0), at(0), 10, 1))).code, 'EINVAL')
    const closed = { nodeid: a.nodeid, fh: (1n << 63n) | (1n << 32n) | 99n, offset: 0 }
    t.equal((await session.send(request[how](at(0), closed, 10))).code, 'EBADF')
    t.equal((await session.send(request[how](closed, at(0), 10))).code, 'EBADF')
    const elsewhere = { ...closed, fh: closed.fh | (1n << 56n) }
    t.equal((await session.send(request[how](at(0), elsewhere, 10))).code, 'EXDEV')
  }
  t.equal(calls, 0)
  t.same(session.log, [])
})

t.test('SYNCFS reaches the handler', async (t) => {
  const nodes: number[] = []
  const session = serve(t, { syncfs: (node) => void nodes.push(node.nodeid) })
  t.equal((await session.send(session.request.syncfs(1))).error, 0)
  t.same(nodes, [1])
})

t.test('junk from lseek and copy_file_range is EIO', async (t) => {
  let result: unknown
  const give = (): never => result as never
  const session = serve(t, withOpen({ lseek: give, copy_file_range: give }))
  const { request } = session
  const { nodeid, fh } = await opened(session)
  const end = { nodeid, fh, offset: 0 }
  for (const value of [undefined, null, -1, 1.5, Number.NaN, 2 ** 53, 2n ** 63n, '1', {}]) {
    result = value
    const reply = await session.send(request.lseek(nodeid, fh, 0, SEEK_DATA))
    refusedAsJunk(t, session, reply, 'LSEEK', inspect(value))
  }
  for (const value of [undefined, null, -1, 1.5, Number.NaN, 11, 5n, '1', {}]) {
    result = value
    const first = await session.send(request.copyFileRange64(end, end, 10))
    refusedAsJunk(t, session, first, 'COPY_FILE_RANGE_64', inspect(value))
    const second = await session.send(request.copyFileRange(end, end, 10))
    refusedAsJunk(t, session, second, 'COPY_FILE_RANGE', inspect(value))
  }
})
