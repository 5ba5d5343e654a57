// What becomes of INIT's flags and of cache settings on their way from a definition and mount() to the kernel.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CacheChoice,
  defineFilesystem,
  type FlagPreferences,
  type SessionLimits,
} from '@fuseloop/core'
import { offeredFlags, RequestBuilder } from '@fuseloop/core/testing'
import { type PoolSettings, type ServedPool, servePool } from '@fuseloop/daemon/testing'
import t, { type Test } from 'tap'

interface Given extends FlagPreferences {
  readonly cache?: CacheChoice
  readonly limits?: SessionLimits
}

/** A live filesystem of one file, `f`. */
async function serve(t: Test, given: Given, settings: PoolSettings = {}): Promise<ServedPool> {
  const filesystem = defineFilesystem({
    ...given,
    create: () => ({
      getattr: (path) => (path === '/' ? { mode: 0o40755, nlink: 2 } : { mode: 0o100444, size: 2 }),
      read: (_file, buffer) => buffer.write('ok'),
    }),
  })
  const pool = await servePool(filesystem, settings)
  t.teardown(() => pool.close())
  return pool
}

async function openFlags({ kernel }: ServedPool): Promise<number> {
  const { request } = kernel
  const { nodeid } = (await kernel.send(request.lookup(1, 'f'))).entry
  const { fh, openFlags } = (await kernel.send(request.open(nodeid))).opened
  await kernel.send(request.release(nodeid, fh))
  return openFlags
}

t.test(
  'status() tells what was offered, asked and granted, and why the rest was not',
  async (t) => {
    const pool = await serve(t, { want: ['DONT_MASK', 'HAS_RESEND'], refuse: ['ASYNC_DIO'] })
    const { offered, asked, granted, reasons } = pool.status().parameters
    t.ok(offered.includes('ASYNC_DIO') && offered.includes('OVER_IO_URING'))
    t.ok(asked.includes('DONT_MASK') && granted.includes('HAS_RESEND'))
    t.notOk(asked.includes('ASYNC_DIO'))
    t.match(reasons, {
      ASYNC_DIO: 'the filesystem refuses it',
      HANDLE_KILLPRIV_V2: 'the handlers have no write, no setattr',
      SUBMOUNTS: 'only virtiofs has it',
    })
  },
)

t.test(
  'a flag that an older kernel lacks is not granted, and status() says since when',
  async (t) => {
    const init = new RequestBuilder().init({ minor: 38, flags: offeredFlags(38) })
    const pool = await serve(t, { want: ['HAS_RESEND'] }, { init })
    t.equal(
      pool.status().parameters.reasons.HAS_RESEND,
      'it came with protocol 7.40, this kernel speaks 7.38',
    )
  },
)

for (const [name, given, message] of [
  ['that nobody serves', { want: ['SUBMOUNTS'] }, /SUBMOUNTS cannot be honoured: only virtiofs/],
  ['without its methods', { want: ['HANDLE_KILLPRIV'] }, /the handlers have no write, no setattr/],
] as const) {
  t.test(`a flag ${name} keeps the filesystem from being served`, async (t) => {
    await t.rejects(serve(t, given), { code: 'ERR_FUSE_BAD_FLAG', message })
  })
}

t.test('ALLOW_IDMAP is refused on a mount without default_permissions', async (t) => {
  const settings = { mountOptions: { no_default_permissions: true } } as PoolSettings
  await t.rejects(serve(t, { want: ['ALLOW_IDMAP'] }, settings), {
    code: 'ERR_FUSE_BAD_FLAG',
    message: /ALLOW_IDMAP cannot be honoured: it needs the mount option default_permissions/,
  })
})

t.test('mount() goes over the definition, knob by knob', async (t) => {
  const pool = await serve(t, { cache: 'closeToOpen' }, { cache: { directIo: true } })
  t.match(pool.status().cache, { profile: 'closeToOpen', entryTimeoutMs: 0, directIo: true })
  t.equal(await openFlags(pool), 0x3, 'keep cache of the one, direct IO of the other')
})

t.test('a profile of mount() takes the place of all that the definition says', async (t) => {
  const pool = await serve(
    t,
    { cache: { profile: 'none', negativeTimeoutMs: 9 } },
    { cache: 'ttl' },
  )
  t.match(pool.status().cache, { profile: 'ttl', entryTimeoutMs: 1000, negativeTimeoutMs: 0 })
  t.equal(await openFlags(pool), 0)
})

t.test('limits of mount() go over those of the definition, which cannot widen them', async (t) => {
  const definition = { maxWrite: 1048576, maxBackground: 20, timeGranularity: 1000 }
  const pool = await serve(
    t,
    { limits: definition },
    { limits: { maxWrite: 65536, maxBackground: 30, requestTimeout: 100 } },
  )
  t.match(pool.status().parameters, {
    maxWrite: 65536,
    maxPages: 17,
    maxBackground: 30,
    congestionThreshold: 22,
    timeGranularity: 1000,
    requestTimeout: 100,
  })
  const { kernel } = pool
  const { request } = kernel
  const { nodeid } = (await kernel.send(request.lookup(1, 'f'))).entry
  const { fh } = (await kernel.send(request.open(nodeid))).opened
  t.equal((await kernel.send(request.read(nodeid, fh, 0, 17 * 4096))).text, 'ok')
  await kernel.send(request.release(nodeid, fh))
})

t.test('limits out of range are refused by name', async (t) => {
  await t.rejects(serve(t, {}, { limits: { maxWrite: 1 } }), {
    code: 'ERR_FUSE_USAGE',
    message: /^limits\.maxWrite: 1 is no whole number/,
  })
  await t.rejects(serve(t, { limits: { maxBackground: 0 } }), {
    code: 'ERR_FUSE_USAGE',
    message: /^limits\.maxBackground: 0 is no whole number/,
  })
})

t.test('a cache setting that cannot be is refused before anything is served', async (t) => {
  for (const cache of [{ fast: true }, 'fast', { profile: 'ttl', writeback: true }])
    await t.rejects(serve(t, { cache: cache as CacheChoice }), { code: 'ERR_FUSE_BAD_CACHE' })
  await t.rejects(serve(t, {}, { cache: { entryTimeoutMs: -1 } }), { code: 'ERR_FUSE_BAD_CACHE' })
})

t.test('options of the filesystem may decide what is cached, in every worker', async (t) => {
  const source = mkdtempSync(join(tmpdir(), 'fuseloop-source-'))
  t.teardown(() => rmSync(source, { recursive: true, force: true }))
  writeFileSync(join(source, 'file'), '')
  const served = async (cache: string, over?: CacheChoice): Promise<ServedPool> => {
    const settings = { workers: 2, set: { source, cache }, ...(over && { cache: over }) }
    const pool = await servePool('loopback', settings)
    t.teardown(() => pool.close())
    return pool
  }
  t.match((await served('none')).status().cache, { profile: 'none', directIo: true })
  t.match((await served('none', 'ttl')).status().cache, { profile: 'ttl', directIo: false })
  await t.rejects(served('often'), { code: 'ERR_FUSE_BAD_OPTION' })
})
