// Notifications: their form, and what they do (fs/fuse/dev.c fuse_notify()).

import { type MemoryKernel, NotifyCode } from '@fuseloop/core/testing'
import t from 'tap'
import { connected, Err, known, reply, take, takeAll, words } from './connected.js'

const FORGET = 2
const BATCH_FORGET = 42
const NOTIFY_REPLY = 41

function notify(kernel: MemoryKernel, code: number, body: Uint8Array): number {
  return kernel.device.writev([reply(0n, code, body)])
}

function invalEntry(parent: bigint, name: string, flags = 0): Buffer {
  const head = Buffer.alloc(16)
  head.writeBigUInt64LE(parent, 0)
  head.writeUInt32LE(Buffer.byteLength(name), 8)
  head.writeUInt32LE(flags, 12)
  return Buffer.concat([head, Buffer.from(`${name}\0`)])
}

function deletion(parent: bigint, child: bigint, name: string): Buffer {
  const head = Buffer.alloc(24)
  head.writeBigUInt64LE(parent, 0)
  head.writeBigUInt64LE(child, 8)
  head.writeUInt32LE(Buffer.byteLength(name), 16)
  return Buffer.concat([head, Buffer.from(`${name}\0`)])
}

function store(nodeid: bigint, offset: bigint, data: Uint8Array): Buffer {
  const head = Buffer.alloc(24)
  head.writeBigUInt64LE(nodeid, 0)
  head.writeBigUInt64LE(offset, 8)
  head.writeUInt32LE(data.byteLength, 16)
  return Buffer.concat([head, data])
}

function retrieve(unique: bigint, nodeid: bigint, offset: bigint, size: number): Buffer {
  return words(unique, nodeid, offset, BigInt(size))
}

function prune(...nodeids: bigint[]): Buffer {
  const head = Buffer.alloc(16)
  head.writeUInt32LE(nodeids.length, 0)
  return Buffer.concat([head, words(...nodeids)])
}

t.test('a notification of the wrong form is refused', async (t) => {
  const kernel = connected()
  await known(kernel, 'f', 2n)
  const wrong: [string, number, Buffer, number][] = [
    ['an unknown code', 99, Buffer.alloc(0), Err.EINVAL],
    ['code 0', 0, Buffer.alloc(8), Err.EINVAL],
    ['POLL too short', NotifyCode.POLL, Buffer.alloc(7), Err.EINVAL],
    ['INVAL_INODE too long', NotifyCode.INVAL_INODE, Buffer.alloc(25), Err.EINVAL],
    [
      'INVAL_ENTRY without its NUL',
      NotifyCode.INVAL_ENTRY,
      invalEntry(1n, 'f').subarray(0, -1),
      Err.EINVAL,
    ],
    [
      'a name beyond 1024 bytes',
      NotifyCode.INVAL_ENTRY,
      invalEntry(1n, 'x'.repeat(1025)),
      Err.ENAMETOOLONG,
    ],
    ['DELETE without a head', NotifyCode.DELETE, Buffer.alloc(23), Err.EINVAL],
    [
      'STORE with less than it says',
      NotifyCode.STORE,
      store(2n, 0n, Buffer.alloc(9)).subarray(0, -1),
      Err.EINVAL,
    ],
    ['RETRIEVE too short', NotifyCode.RETRIEVE, Buffer.alloc(31), Err.EINVAL],
    [
      'PRUNE with more than it says',
      NotifyCode.PRUNE,
      Buffer.concat([prune(2n), words(3n)]),
      Err.EINVAL,
    ],
  ]
  for (const [name, code, body, errno] of wrong) t.equal(notify(kernel, code, body), errno, name)
})

t.test('what the kernel does not know is ENOENT', async (t) => {
  const kernel = connected()
  await known(kernel, 'f', 2n)
  const unknown: [string, number, Buffer, number][] = [
    ['INVAL_INODE', NotifyCode.INVAL_INODE, words(9n, 0n, 0n), Err.ENOENT],
    ['INVAL_ENTRY of a name', NotifyCode.INVAL_ENTRY, invalEntry(1n, 'g'), Err.ENOENT],
    ['INVAL_ENTRY in a node', NotifyCode.INVAL_ENTRY, invalEntry(9n, 'f'), Err.ENOENT],
    ['INVAL_ENTRY in a file', NotifyCode.INVAL_ENTRY, invalEntry(2n, 'f'), Err.ENOTDIR],
    ['DELETE of another child', NotifyCode.DELETE, deletion(1n, 9n, 'f'), Err.ENOENT],
    ['STORE', NotifyCode.STORE, store(9n, 0n, Buffer.from('x')), Err.ENOENT],
    ['STORE into a directory', NotifyCode.STORE, store(1n, 0n, Buffer.from('x')), Err.EINVAL],
    ['RETRIEVE', NotifyCode.RETRIEVE, retrieve(1n, 9n, 0n, 1), Err.ENOENT],
    ['PRUNE', NotifyCode.PRUNE, prune(9n), 40],
  ]
  for (const [name, code, body, result] of unknown)
    t.equal(notify(kernel, code, body), result, name)
  t.same(takeAll(kernel), [])
})

t.test('POLL wakes whoever polls under its kh', async (t) => {
  const woken: bigint[] = []
  const kernel = connected({ onPoll: (kh) => woken.push(kh) })
  t.equal(notify(kernel, NotifyCode.POLL, words(77n)), 24)
  t.same(woken, [77n])
})

t.test('INVAL_INODE drops attributes, and pages from an offset on', async (t) => {
  const kernel = connected()
  await known(kernel, 'f', 2n)
  const inode = kernel.cache.inode(2n)
  notify(kernel, NotifyCode.STORE, store(2n, 0n, Buffer.alloc(3 * 4096, 1)))
  t.equal(inode?.pages.size, 3)
  t.equal(notify(kernel, NotifyCode.INVAL_INODE, words(2n, -1n, 0n)), 40)
  t.equal(inode?.areAttributesValid, false)
  t.equal(inode?.pages.size, 3, 'a negative offset means attributes only')
  notify(kernel, NotifyCode.INVAL_INODE, words(2n, 4096n, 4096n))
  t.same([...(inode?.pages.keys() ?? [])], [0n, 2n])
  notify(kernel, NotifyCode.INVAL_INODE, words(2n, 1n, 0n))
  t.equal(inode?.pages.size, 0, 'no length means to the end')
})

t.test('INVAL_ENTRY drops a name, and with the last one its node', async (t) => {
  const kernel = connected()
  await known(kernel, 'f', 2n)
  await known(kernel, 'link', 2n)
  t.equal(notify(kernel, NotifyCode.INVAL_ENTRY, invalEntry(1n, 'f')), 34)
  t.equal(kernel.cache.dentry(1n, 'f'), undefined)
  t.same(takeAll(kernel), [])
  notify(kernel, NotifyCode.INVAL_ENTRY, invalEntry(1n, 'link'))
  const { opcode, bytes } = take(kernel)
  t.equal(opcode, FORGET)
  t.equal(bytes.readBigUInt64LE(40), 2n, 'both lookups at once')
  t.equal(kernel.cache.inode(2n), undefined)
})

t.test('EXPIRE_ONLY and INC_EPOCH leave names, to be looked up again', async (t) => {
  const kernel = connected()
  await known(kernel, 'f', 2n)
  await known(kernel, 'g', 3n)
  notify(kernel, NotifyCode.INVAL_ENTRY, invalEntry(1n, 'f', 1))
  t.same(
    [kernel.cache.dentry(1n, 'f')?.isStale, kernel.cache.dentry(1n, 'g')?.isStale],
    [true, false],
  )
  t.equal(notify(kernel, NotifyCode.INC_EPOCH, Buffer.alloc(0)), 16)
  t.equal(kernel.cache.dentry(1n, 'g')?.isStale, true)
  await known(kernel, 'g', 3n)
  t.equal(kernel.cache.dentry(1n, 'g')?.isStale, false)
})

t.test('DELETE takes a name whose child it is, and not a directory in use', async (t) => {
  const kernel = connected()
  await known(kernel, 'd', 2n, 0o040755)
  await known(kernel, 'f', 3n, 0o100644, 2n)
  t.equal(notify(kernel, NotifyCode.DELETE, deletion(1n, 2n, 'd')), Err.ENOTEMPTY)
  t.equal(notify(kernel, NotifyCode.DELETE, deletion(2n, 3n, 'f')), 42)
  t.equal(notify(kernel, NotifyCode.DELETE, deletion(1n, 2n, 'd')), 42)
  t.same(takeAll(kernel), [BATCH_FORGET])
})

t.test('RETRIEVE brings what STORE has put there, in NOTIFY_REPLY', async (t) => {
  const kernel = connected()
  await known(kernel, 'f', 2n)
  t.equal(notify(kernel, NotifyCode.STORE, store(2n, 4090n, Buffer.from('0123456789'))), 50)
  t.equal(kernel.cache.inode(2n)?.size, 4100n)
  notify(kernel, NotifyCode.RETRIEVE, retrieve(4711n, 2n, 4092n, 100))
  const { opcode, unique, bytes } = take(kernel)
  t.equal(opcode, NOTIFY_REPLY)
  t.equal(unique, 4711n, "the daemon's own")
  t.equal(bytes.readBigUInt64LE(16), 2n)
  t.equal(bytes.readBigUInt64LE(48), 4092n)
  t.equal(bytes.readUInt32LE(56), 8)
  t.equal(bytes.toString('latin1', 80), '23456789')
  notify(kernel, NotifyCode.RETRIEVE, retrieve(4712n, 2n, 8192n, 100))
  t.equal(take(kernel).bytes.byteLength, 80, 'nothing cached there')
  t.equal(kernel.device.writev([reply(4711n, 0)]), Err.ENOENT)
  t.match(kernel.violations, [{ rule: 'reply to a no-reply operation' }])
})

t.test('PRUNE drops what nobody uses', async (t) => {
  const kernel = connected()
  await known(kernel, 'd', 2n, 0o040755)
  await known(kernel, 'f', 3n, 0o100644, 2n)
  await known(kernel, 'open', 4n)
  const opening = kernel.send(kernel.request.open(4))
  kernel.device.writev([reply(take(kernel).unique, 0, Buffer.alloc(16))])
  await opening
  t.equal(notify(kernel, NotifyCode.PRUNE, prune(2n, 3n, 4n)), 56)
  t.same(takeAll(kernel), [FORGET], 'not the parent of what was there, nor what is open')
  t.equal(kernel.cache.inode(3n), undefined)
  t.equal(notify(kernel, NotifyCode.PRUNE, prune(2n)), 40)
  t.same(takeAll(kernel), [FORGET])
})

t.test('RESEND queues again what was read, under a marked unique', async (t) => {
  const kernel = connected()
  const sent = [1, 2].map(() => kernel.requestSend(kernel.request.statfs(1)))
  const olds = sent.map(() => take(kernel).unique)
  void kernel.send(kernel.request.getattr(1))
  t.equal(notify(kernel, NotifyCode.RESEND, Buffer.alloc(0)), 16)
  const again = [take(kernel), take(kernel), take(kernel)]
  t.same(
    again.map(({ unique }) => unique),
    [...olds.map((unique) => unique | (1n << 63n)), 8n],
    'the oldest first, before what waits',
  )
  t.equal(sent[0]?.unique, again[0]?.unique)
  t.equal(kernel.device.writev([reply(olds[0] as bigint, -5)]), Err.ENOENT, 'the old one is dead')
  t.equal(kernel.device.writev([reply(again[0]?.unique as bigint, -5)]), 16)
  t.equal((await sent[0]?.reply)?.code, 'EIO')
  t.same(kernel.violations, [], 'a reply under the old unique is no breach')
})
