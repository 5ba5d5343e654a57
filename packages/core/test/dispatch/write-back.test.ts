// What handlers see of opens and writes under the INIT flags that change them.

import { constants } from 'node:fs'
import { FsError } from '@fuseloop/core'
import { writebackOpenFlags } from '@fuseloop/core/session'
import t, { type Test } from 'tap'
import { FILE, type Handlers, lookedUp, serve } from './served.js'

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = constants

const CASES = [
  [O_RDONLY, O_RDONLY],
  [O_WRONLY, O_RDWR],
  [O_RDWR, O_RDWR],
  [O_WRONLY | O_APPEND, O_RDWR],
  [O_RDWR | O_APPEND | O_SYNC, O_RDWR | O_SYNC],
  [O_WRONLY | O_CREAT | O_EXCL | O_TRUNC, O_RDWR | O_CREAT | O_EXCL | O_TRUNC],
] as const

/** Notes the flags that each method was given. */
function watching(seen: (readonly [string, number])[]): Handlers {
  return {
    lookup: () => ({ attributes: FILE }),
    setattr: () => FILE,
    open: (_node, flags) => void seen.push(['open', flags]),
    create: (_parent, _name, _mode, flags) => {
      seen.push(['create', flags])
      return { attributes: FILE }
    },
    tmpfile: (_parent, _mode, flags) => {
      seen.push(['tmpfile', flags])
      return { attributes: FILE, identity: Uint8Array.of(1) }
    },
    read: ({ flags }) => {
      seen.push(['read', flags])
      return 0
    },
    write: ({ flags }, buffer) => {
      seen.push(['write', flags])
      return buffer.byteLength
    },
    release: ({ flags }) => void seen.push(['release', flags]),
  }
}

for (const isWriteback of [false, true]) {
  const when = isWriteback ? 'with write-back' : 'without write-back'
  for (const [given, written] of CASES) {
    const expected = isWriteback ? written : given
    t.test(
      `${when}, flags 0o${given.toString(8)} are seen as 0o${expected.toString(8)}`,
      async (t) => {
        const seen: (readonly [string, number])[] = []
        const cache = isWriteback ? ('writeback' as const) : ('ttl' as const)
        const session = serve(t, watching(seen), { cache })
        const { request } = session
        const nodeid = await lookedUp(session)
        const { fh } = (await session.send(request.open(nodeid, given))).opened
        await session.send(request.read(nodeid, fh, 0, 10, given))
        await session.send(request.write(nodeid, fh, 0, Buffer.from('x'), given))
        await session.send(request.release(nodeid, fh, given))
        await session.send(request.create(1, 'new', 0o644, given))
        await session.send(request.tmpfile(1, 0o644, given))
        t.strictSame(
          seen,
          ['open', 'read', 'write', 'release', 'create', 'tmpfile'].map((name) => [name, expected]),
        )
      },
    )
  }
}

t.test('flags are changed once only', async (t) => {
  for (const [given, written] of CASES) {
    t.equal(writebackOpenFlags(given), written)
    t.equal(writebackOpenFlags(written), written)
  }
})

t.test('write-back is refused to handlers that cannot read, write, or set times', async (t) => {
  for (const method of ['read', 'write', 'setattr'] as const) {
    const { [method]: _missing, ...handlers } = watching([])
    t.throws(() => serve(t, handlers, { cache: 'writeback' }), {
      code: 'ERR_FUSE_BAD_FLAG',
      message: `INIT flag WRITEBACK_CACHE cannot be honoured: the handlers have no ${method}`,
    })
  }
})

/** Sets bits of the word at a message's offset. */
function marked(message: Uint8Array, offset: number, bits: number): Uint8Array {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  view.setUint32(offset, view.getUint32(offset, true) | bits, true)
  return message
}

for (const kills of [false, true]) {
  t.test(`context.killSuidGid is ${kills} where the kernel says so`, async (t) => {
    const seen: (readonly [string, boolean])[] = []
    const note = (name: string, context: { readonly killSuidGid: boolean }): void =>
      void seen.push([name, context.killSuidGid])
    const session = serve(
      t,
      {
        lookup: () => ({ attributes: FILE }),
        getattr: () => FILE,
        open: (_node, _flags, context) => note('open', context),
        create: (_parent, _name, _mode, _flags, context) => {
          note('create', context)
          return { attributes: FILE }
        },
        write: (_file, buffer, _position, context) => {
          note('write', context)
          return buffer.byteLength
        },
        setattr: (_node, _changes, _file, context) => {
          note('setattr', context)
          return FILE
        },
        read: (_file, _buffer, _position, context) => {
          note('read', context)
          return 0
        },
      },
      { flags: { want: ['HANDLE_KILLPRIV_V2'] } },
    )
    const { request } = session
    const nodeid = await lookedUp(session)
    const bits = (value: number): number => (kills ? value : 0)
    // open_in.open_flags at 44, create_in.open_flags at 52, write_in.write_flags at 60, setattr_in.valid at 40.
    const opened = await session.send(marked(request.open(nodeid, O_RDWR), 44, bits(0x1)))
    const { fh } = opened.opened
    await session.send(marked(request.create(1, 'new', 0o644, O_RDWR), 52, bits(0x1)))
    await session.send(marked(request.write(nodeid, fh, 0, Buffer.from('x')), 60, bits(0x4)))
    await session.send(marked(request.setattr(nodeid, { size: 0 }), 40, bits(0x800)))
    await session.send(request.read(nodeid, fh, 0, 1))
    t.strictSame(seen, [
      ['open', kills],
      ['create', kills],
      ['write', kills],
      ['setattr', kills],
      ['read', false],
    ])
  })
}

/** What clients and logs see of a WRITE of 10 bytes whose handler takes parts, and what the handler has got. */
async function writeInParts(t: Test, fromCache: boolean, parts: readonly unknown[]) {
  const got: (readonly [number, string])[] = []
  const session = serve(t, {
    lookup: () => ({ attributes: FILE }),
    write: (_file, buffer, position) => {
      got.push([position, buffer.toString()])
      const part = parts[got.length - 1]
      if (part instanceof Error) throw part
      return part as number
    },
  })
  const { request } = session
  const nodeid = await lookedUp(session)
  const message = request.write(nodeid, 0n, 100, Buffer.from('0123456789'))
  // write_in.write_flags at 60: WRITE_CACHE.
  const { code, body } = await session.send(marked(message, 60, fromCache ? 1 : 0))
  return { answer: code ?? body.readUInt32LE(0), got, log: session.log }
}

const PARTS = [
  [100, '0123456789'],
  [103, '3456789'],
] as const

t.test(
  'a WRITE of cached pages is whole, or fails: a handler gets what it has not taken',
  async (t) => {
    for (const parts of [
      [3, 7],
      [Promise.resolve(3), Promise.resolve(7)],
    ])
      t.match(await writeInParts(t, true, parts), { answer: 10, got: PARTS, log: [] })
    const full = [3, new FsError('ENOSPC')]
    t.match(await writeInParts(t, true, full), { answer: 'ENOSPC', got: PARTS, log: [] })
    t.match(await writeInParts(t, true, [3, 0]), { answer: 'EIO', got: PARTS })
    t.match(await writeInParts(t, true, [0, 0]), { answer: 'EIO' })
    t.match(await writeInParts(t, true, [3, 8]), { answer: 'EIO', log: { length: 1 } })
    t.match(await writeInParts(t, true, [11]), { answer: 'EIO', log: { length: 1 } })
    t.match(await writeInParts(t, true, ['ten']), { answer: 'EIO', log: { length: 1 } })
  },
)

t.test('a client of its own learns how much was written', async (t) => {
  t.match(await writeInParts(t, false, [3]), { answer: 3, got: PARTS.slice(0, 1) })
})

t.test(
  'NO_OPEN_SUPPORT: OPEN is answered ENOSYS, and files are read without a handle',
  async (t) => {
    const handlers: Handlers = {
      lookup: () => ({ attributes: FILE }),
      read: ({ handle }, buffer) => buffer.write(`handle ${String(handle)}`),
    }
    const without = serve(t, handlers)
    t.equal((await without.send(without.request.open(await lookedUp(without), 0))).code, undefined)
    const session = serve(t, handlers, { flags: { want: ['NO_OPEN_SUPPORT'] } })
    const nodeid = await lookedUp(session)
    t.equal((await session.send(session.request.open(nodeid, 0))).code, 'ENOSYS')
    t.equal((await session.send(session.request.read(nodeid, 0n, 0, 20))).text, 'handle 0')
    t.same(session.log, [], 'which is nothing to log')
  },
)
