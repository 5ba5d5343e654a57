// What can be asked of files besides reading and writing, by both APIs, from a client of a virtual kernel.

import { codeOf, testVirtually } from '../support/virtual-test.js'

const FILESYSTEMS = {
  path: new URL('../mount/filesystems/extended-path.js', import.meta.url),
  inode: new URL('../mount/filesystems/extended-inode.js', import.meta.url),
}

const SUM = 0xc0086607
const XATTR_MAX = 65536
const PUNCH_HOLE_KEEP_SIZE = 3

for (const [api, filesystem] of Object.entries(FILESYSTEMS)) {
  testVirtually(`${api}: extended attributes`, { filesystem }, async (t, { client, workers }) => {
    if (workers > 1) return t.plan(0, 'each worker has files of its own')
    const { xattrs } = client
    t.equal(await codeOf(() => xattrs.get('/a', 'user.none')), 'ENODATA')
    t.equal(await codeOf(() => xattrs.set('/a', 'user.one', 'x', 'replace')), 'ENODATA')
    await xattrs.set('/a', 'user.one', 'value', 'create')
    t.equal(await codeOf(() => xattrs.set('/a', 'user.one', 'x', 'create')), 'EEXIST')
    const large = Buffer.alloc(XATTR_MAX, 7)
    await xattrs.set('/a', 'user.large', large)
    t.equal((await xattrs.get('/a', 'user.one')).toString(), 'value')
    t.ok((await xattrs.get('/a', 'user.large')).equals(large))
    t.same(await xattrs.list('/a'), ['user.one', 'user.large'])
    t.same(await xattrs.list('/b'), [])
    await xattrs.remove('/a', 'user.one')
    t.equal(await codeOf(() => xattrs.remove('/a', 'user.one')), 'ENODATA')
  })

  testVirtually(
    `${api}: holes, copies and ioctls`,
    { filesystem },
    async (t, { client, workers }) => {
      if (workers > 1) return t.plan(0, 'each worker has files of its own')
      const a = await client.open('/a', 'r+')
      const b = await client.open('/b', 'r+')
      await a.allocate(0, 0, 16384)
      await a.allocate(PUNCH_HOLE_KEEP_SIZE, 4096, 8192)
      t.equal((await a.stat()).size, 16384n)
      t.same(
        [await a.seek('hole', 0), await a.seek('data', 4096), await a.seek('hole', 12288)],
        [4096n, 12288n, 16384n],
      )
      t.equal(await codeOf(() => a.seek('data', 16384)), 'ENXIO')
      t.equal(await codeOf(() => a.seek('data', 2n ** 53n)), 'ENXIO')
      t.equal(await codeOf(() => a.allocate(16, 0, 1)), 'EOPNOTSUPP')
      t.equal(await codeOf(() => a.allocate(0, 2n ** 53n, 1)), 'EFBIG')
      await a.write('the content', 0)
      t.equal(await a.copyTo(b, 100, 4, 10), 100)
      t.equal((await b.read(7, 10)).toString(), 'content')
      const sum = await a.ioctl(SUM, Buffer.from([3, 0, 0, 0, 4, 0, 0, 0]))
      t.same([sum.result, sum.data.readUInt32LE(0)], [42, 7])
      t.equal(await codeOf(() => a.ioctl(0x6601)), 'ENOTTY')
      t.equal((await a.statx()).btime, 1_234_567_890_123_456_789n)
      t.equal(await a.blockOf(5, 512), 517n)
      await Promise.all([a.close(), b.close()])
    },
  )

  testVirtually(
    `${api}: ACCESS and SYNCFS, which a mount of this type does not send`,
    { filesystem },
    async (t, { client, events }) => {
      await client.access('/a', 4)
      await client.syncfs()
      t.same(events(), [
        { event: 'access', path: '/a', mask: 4 },
        { event: 'syncfs', path: '/' },
      ])
    },
  )
}
