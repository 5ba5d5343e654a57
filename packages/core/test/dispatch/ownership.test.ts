// Owner and permissions that are shown in place of the filesystem's, in every answer that has attributes.

import { statSync } from 'node:fs'
import t from 'tap'
import { DIRECTORY, everyName, serve } from './served.js'

const OWNERSHIP = { uid: 7, gid: 8, directoryMask: 0o027, fileMask: 0o137 }

t.test('entries, attributes and listings', async (t) => {
  const file = { mode: 0o104755, uid: 1, gid: 2, size: 3 }
  const session = serve(
    t,
    everyName({
      lookup: () => ({ attributes: file }),
      getattr: () => DIRECTORY,
      readdirplus: () => [{ name: 'f', attributes: file }],
    }),
    { ownership: OWNERSHIP },
  )
  const { request } = session
  const shown = { uid: 7, gid: 8, mode: 0o100640, size: 3n }
  t.match((await session.send(request.lookup(1, 'f'))).entry.attributes, shown)
  const { fh } = (await session.send(request.opendir(1))).opened
  const { direntsplus } = await session.send(request.readdirplus(1, fh, 0, 4096))
  const listed = direntsplus.find(({ name }) => `${name}` === 'f')
  t.match(listed?.entry.attributes, shown)
  const root = { uid: 7, gid: 8, mode: 0o040750 }
  t.match((await session.send(request.getattr(1))).attributes, root)
  t.match((await session.send(request.statx(1, 0, 0xfff))).statx, root)
})

t.test("what is not given, and node's Stats, stay as they are", async (t) => {
  const stats = statSync('.')
  const session = serve(t, { getattr: () => stats }, { ownership: { gid: 9 } })
  const { attributes } = await session.send(session.request.getattr(1))
  t.match(attributes, { mode: stats.mode, uid: stats.uid, gid: 9, ino: BigInt(stats.ino) })
  t.equal(attributes.mtime / 1_000_000n, statSync('.', { bigint: true }).mtimeMs)
})

t.test('junk is refused by name all the same', async (t) => {
  const session = serve(t, { getattr: () => ({ mode: 0o644 }) }, { ownership: OWNERSHIP })
  t.equal((await session.send(session.request.getattr(1))).code, 'EIO')
  t.match(session.log, [/no file type/])
})

t.test('values out of range are refused', async (t) => {
  const refused = [{ uid: -1 }, { gid: 2 ** 32 - 1 }, { fileMask: 0o1000 }, { owner: 1 }]
  for (const ownership of refused)
    t.throws(
      () => serve(t, {}, { ownership }),
      { code: 'ERR_FUSE_USAGE' },
      JSON.stringify(ownership),
    )
})
