// What a cache setting makes of INIT and of replies.

import type { CacheChoice, InitFlagName } from '@fuseloop/core'
import { InitFlag } from '@fuseloop/core/protocol'
import t from 'tap'
import { FILE, type Handlers, lookedUp, serve } from './served.js'

const YEAR_NS = 365n * 86_400n * 1_000_000_000n
const SECOND_NS = 1_000_000_000n
const DIRECT_IO = 0x1
const KEEP_CACHE = 0x2
const CACHE_DIR = 0x8

const HANDLERS: Handlers = {
  lookup: (_parent, name) => (name === 'missing' ? undefined : { attributes: FILE }),
  getattr: () => FILE,
  setattr: () => FILE,
  create: () => ({ attributes: FILE }),
  read: () => 0,
  write: (_file, buffer) => buffer.byteLength,
}

interface Expectation {
  readonly cache: CacheChoice | undefined
  readonly entry: bigint
  readonly attributes: bigint
  /** 0n: a plain ENOENT. */
  readonly missing: bigint
  readonly open: number
  readonly opendir: number
  readonly granted: readonly InitFlagName[]
}

/** Those that a cache setting decides about. */
const OF_CACHES: readonly InitFlagName[] = [
  'AUTO_INVAL_DATA',
  'EXPLICIT_INVAL_DATA',
  'WRITEBACK_CACHE',
  'CACHE_SYMLINKS',
  'DIRECT_IO_ALLOW_MMAP',
]

const EXPECTED: readonly Expectation[] = [
  {
    cache: undefined,
    entry: SECOND_NS,
    attributes: SECOND_NS,
    missing: 0n,
    open: 0,
    opendir: 0,
    granted: ['AUTO_INVAL_DATA'],
  },
  {
    cache: 'none',
    entry: 0n,
    attributes: 0n,
    missing: 0n,
    open: DIRECT_IO,
    opendir: 0,
    granted: ['AUTO_INVAL_DATA', 'DIRECT_IO_ALLOW_MMAP'],
  },
  {
    cache: 'closeToOpen',
    entry: 0n,
    attributes: SECOND_NS,
    missing: 0n,
    open: KEEP_CACHE,
    opendir: 0,
    granted: ['AUTO_INVAL_DATA'],
  },
  {
    cache: 'immutable',
    entry: YEAR_NS,
    attributes: YEAR_NS,
    missing: YEAR_NS,
    open: KEEP_CACHE,
    opendir: KEEP_CACHE | CACHE_DIR,
    granted: ['EXPLICIT_INVAL_DATA', 'CACHE_SYMLINKS'],
  },
  {
    cache: 'writeback',
    entry: SECOND_NS,
    attributes: SECOND_NS,
    missing: 0n,
    open: KEEP_CACHE,
    opendir: KEEP_CACHE | CACHE_DIR,
    granted: ['AUTO_INVAL_DATA', 'WRITEBACK_CACHE', 'CACHE_SYMLINKS'],
  },
  {
    cache: { autoInvalidate: 'off', directIo: true, sharedMmap: true, negativeTimeoutMs: 5 },
    entry: SECOND_NS,
    attributes: SECOND_NS,
    missing: 5_000_000n,
    open: DIRECT_IO,
    opendir: 0,
    granted: ['DIRECT_IO_ALLOW_MMAP'],
  },
]

for (const expected of EXPECTED) {
  t.test(`cache ${JSON.stringify(expected.cache)}`, async (t) => {
    const { cache } = expected
    const session = serve(t, HANDLERS, cache === undefined ? {} : { cache })
    const { request, kernel } = session
    const { entry } = await session.send(request.lookup(1, 'a'))
    t.same([entry.entryValid, entry.attrValid], [expected.entry, expected.attributes])
    const missing = await session.send(request.lookup(1, 'missing'))
    if (expected.missing === 0n) t.equal(missing.code, 'ENOENT')
    else t.same([missing.entry.nodeid, missing.entry.entryValid], [0, expected.missing])
    const nodeid = await lookedUp(session, 'a')
    const openFlags = async (message: Uint8Array) => (await session.send(message)).opened.openFlags
    t.equal(await openFlags(request.open(nodeid, 0)), expected.open, 'open')
    t.equal(await openFlags(request.opendir(1)), expected.opendir, 'opendir')
    const flags = kernel.connection.negotiated?.flags ?? 0n
    for (const name of OF_CACHES) {
      const isGranted = ((flags >> BigInt(InitFlag[name])) & 1n) === 1n
      t.equal(isGranted, expected.granted.includes(name), name)
    }
  })
}

t.test('what a handler says of an open goes over the profile', async (t) => {
  const handlers = { ...HANDLERS, open: () => ({ directIo: false, keepCache: true }) }
  const session = serve(t, handlers, { cache: 'none' })
  const nodeid = await lookedUp(session)
  const { opened } = await session.send(session.request.open(nodeid, 0))
  t.equal(opened.openFlags, KEEP_CACHE)
})

t.test('direct IO with shared mappings needs a kernel of 7.39', async (t) => {
  const cache = { directIo: true, sharedMmap: true }
  t.throws(() => serve(t, HANDLERS, { cache, kernel: { minor: 38 } }), {
    code: 'ERR_FUSE_UNSUPPORTED_KERNEL',
    message: /DIRECT_IO_ALLOW_MMAP cannot be had: it came with protocol 7\.39, .* speaks 7\.38/,
  })
  const session = serve(t, HANDLERS, { cache: 'none', kernel: { minor: 38 } })
  const bit = 1n << BigInt(InitFlag.DIRECT_IO_ALLOW_MMAP)
  t.equal((session.kernel.connection.negotiated?.flags ?? 0n) & bit, 0n)
})
