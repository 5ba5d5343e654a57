import { inspect } from 'node:util'
import t from 'tap'
import { everyName, fails, lookedUp, refusedAsJunk, serve } from './served.js'

/** _IOWR('f', 1, 8 bytes). */
const COMMAND = 0xc0086601

t.test('IOCTL brings command, input, room and flags, and takes a result with data', async (t) => {
  const seen: unknown[] = []
  const session = serve(
    t,
    everyName({
      open: () => 5,
      ioctl: (file, command, input, outputSize, details) => {
        seen.push([file.node.path, file.handle, command, String(input), outputSize, details])
        return { result: 3, data: Buffer.from('output') }
      },
    }),
  )
  const nodeid = await lookedUp(session)
  const { request } = session
  const { fh } = (await session.send(request.open(nodeid))).opened
  const order = { input: Buffer.from('in'), outSize: 8, flags: 0x9, argument: 2n ** 63n + 1n }
  const reply = await session.send(request.ioctl(nodeid, fh, COMMAND, order))
  t.same(reply.ioctl, { result: 3, data: Buffer.from('output') })
  const details = {
    argument: 2n ** 63n + 1n,
    isDirectory: false,
    isCompat: true,
    is32Bit: true,
  }
  t.same(seen, [['f', 5, COMMAND, 'in', 8, details]])
})

t.test('IOCTL on a directory has its handle', async (t) => {
  const session = serve(t, {
    opendir: () => ({ handle: { of: 'directory' } }),
    readdir: () => [],
    ioctl: (file, _command, _input, _size, { isDirectory }) => {
      t.same([file.handle, isDirectory], [{ of: 'directory' }, true])
    },
  })
  const { request } = session
  const { fh } = (await session.send(request.opendir(1))).opened
  const reply = await session.send(request.ioctl(1, fh, COMMAND, { flags: 0x10 }))
  t.same(reply.ioctl, { result: 0, data: Buffer.alloc(0) })
  t.equal((await session.send(request.ioctl(1, 77, COMMAND, { flags: 0x10 }))).code, 'EBADF')
})

t.test('the data may be the input itself, and 16 KiB', async (t) => {
  const session = serve(t, {
    ioctl: async (_file, _command, input, outputSize) => {
      await new Promise((resolve) => setImmediate(resolve))
      return { data: input.subarray(0, outputSize) }
    },
  })
  const input = Buffer.from(Array.from({ length: 16383 }, (_, at) => at % 253))
  const message = session.request.ioctl(1, 0, COMMAND, { input, outSize: 16383 })
  t.ok((await session.send(message)).ioctl.data.equals(input))
})

t.test('an unrestricted IOCTL is EPERM, an unknown one what the handler says', async (t) => {
  const session = serve(t, { ioctl: fails('ENOTTY') })
  const { request } = session
  t.equal((await session.send(request.ioctl(1, 0, COMMAND, { flags: 2 }))).code, 'EPERM')
  t.equal((await session.send(request.ioctl(1, 0, COMMAND))).code, 'ENOTTY')
  t.same(session.log, [])
})

t.test('BMAP brings block and size of blocks', async (t) => {
  const session = serve(t, {
    bmap: (node, blocksize, block) => {
      t.same([node.nodeid, blocksize, block], [1, 4096, 2 ** 40])
      return 2n ** 60n
    },
  })
  const { request } = session
  t.equal((await session.send(request.bmap(1, 2 ** 40, 4096))).word, 2n ** 60n)
  t.equal((await session.send(request.bmap(1, 2n ** 53n, 4096))).code, 'EFBIG')
})

t.test('junk from ioctl and bmap is EIO', async (t) => {
  let result: unknown
  const give = (): never => result as never
  const session = serve(t, { ioctl: give, bmap: give })
  const { request } = session
  const long = { data: Buffer.alloc(9) }
  for (const value of [null, -1, 1.5, 2 ** 31, '1', 1n, long, { data: 'x' }, { result: '1' }]) {
    result = value
    const reply = await session.send(request.ioctl(1, 0, COMMAND, { outSize: 8 }))
    refusedAsJunk(t, session, reply, 'IOCTL', inspect(value))
  }
  for (const value of [undefined, null, -1, 1.5, Number.NaN, 2 ** 53, 2n ** 64n, '1', {}]) {
    result = value
    const reply = await session.send(request.bmap(1, 0, 4096))
    refusedAsJunk(t, session, reply, 'BMAP', inspect(value))
  }
})
