// What a request says besides its subject reaches the handler's context, and nothing of it the next request.

import type { RequestContext } from '@fuseloop/core/session'
import type { MemorySession } from '@fuseloop/core/testing'
import t from 'tap'
import { DIRECTORY, everyName, FILE, type Handlers, lookedUp, serve } from './served.js'

type Detail = Partial<Record<keyof RequestContext, unknown>>

const OWNER = 0xfedc_ba98_7654_3210n
const PLAIN: Detail = {
  umask: 0,
  killSuidGid: false,
  fromPageCache: false,
  lockOwner: undefined,
  securityContexts: [],
  supplementaryGroup: undefined,
}

/** Handlers of everything that note their contexts. */
function noting(seen: Detail[]): Handlers {
  const note = (context: RequestContext): void => {
    const { umask, killSuidGid, fromPageCache, lockOwner } = context
    const { securityContexts, supplementaryGroup } = context
    seen.push({
      umask,
      killSuidGid,
      fromPageCache,
      lockOwner,
      securityContexts: securityContexts.map(({ name, value }) => [name, `${value}`]),
      supplementaryGroup,
    })
  }
  return everyName({
    open: (_node, _flags, context) => note(context),
    create: (_parent, _name, _mode, _flags, context) => {
      note(context)
      return { attributes: FILE }
    },
    tmpfile: (_parent, _mode, _flags, context) => {
      note(context)
      return { attributes: FILE }
    },
    mknod: (_parent, _name, _mode, _rdev, context) => {
      note(context)
      return { attributes: FILE }
    },
    mkdir: (_parent, _name, _mode, context) => {
      note(context)
      return { attributes: DIRECTORY }
    },
    symlink: (_parent, _name, _target, context) => {
      note(context)
      return { attributes: { mode: 0o120777 } }
    },
    read: (_file, _buffer, _position, context) => {
      note(context)
      return 0
    },
    write: (_file, buffer, _position, context) => {
      note(context)
      return buffer.byteLength
    },
    flush: (_file, context) => note(context),
    release: (_file, context) => note(context),
    setattr: (_node, _changes, _file, context) => {
      note(context)
      return FILE
    },
  })
}

/** The message with 32-bit words set at offsets. */
function patched(message: Uint8Array, words: Record<number, number>): Buffer {
  const changed = Buffer.from(message)
  for (const [offset, word] of Object.entries(words)) changed.writeUInt32LE(word, Number(offset))
  return changed
}

/** The message with lock_owner at `offset` and its flag in the word at `flagOffset`. */
function owned(message: Uint8Array, offset: number, flagOffset: number, flag: number): Buffer {
  const changed = Buffer.from(message)
  changed.writeBigUInt64LE(OWNER, offset)
  if (flag !== 0) changed.writeUInt32LE(changed.readUInt32LE(flagOffset) | flag, flagOffset)
  return changed
}

function extended(message: Uint8Array, block: Buffer): Buffer {
  const longer = Buffer.concat([message, block])
  longer.writeUInt32LE(longer.byteLength, 0)
  longer.writeUInt16LE(block.byteLength / 8, 36)
  return longer
}

async function asked(
  session: MemorySession,
  seen: Detail[],
  message: Uint8Array,
): Promise<Detail | undefined> {
  const { error } = await session.send(message)
  if (error !== 0) throw new Error(`answered with ${error}`)
  return seen.shift()
}

t.test('who writes: lock owners, and pages of the cache', async (t) => {
  const seen: Detail[] = []
  const session = serve(t, noting(seen), { slotCount: 1 })
  const { request } = session
  const node = await lookedUp(session)
  const ask = (message: Uint8Array) => asked(session, seen, message)
  const read = request.read(node, 0, 0, 10)
  t.match(await ask(owned(request.read(node, 0, 0, 10), 64, 60, 2)), { lockOwner: OWNER })
  t.same(await ask(owned(read, 64, 60, 0)), PLAIN, 'without its flag it says nothing')
  const write = () => request.write(node, 0, 0, 'data')
  t.match(await ask(owned(write(), 64, 60, 2)), { lockOwner: OWNER, fromPageCache: false })
  t.same(await ask(patched(write(), { 60: 1 })), { ...PLAIN, fromPageCache: true })
  t.same(await ask(patched(write(), { 60: 4 })), { ...PLAIN, killSuidGid: true })
  t.same(await ask(write()), PLAIN)
  t.match(await ask(request.flush(node, 0, OWNER)), { lockOwner: OWNER })
  t.match(await ask(request.flush(node, 0, 0)), { lockOwner: 0n })
  t.match(await ask(owned(request.release(node, 0), 56, 52, 2)), { lockOwner: OWNER })
  t.same(await ask(owned(request.release(node, 0), 56, 52, 0)), PLAIN)
  const truncation = () => request.setattr(node, { size: 3 })
  t.match(await ask(owned(truncation(), 64, 40, 0x200)), { lockOwner: OWNER })
  t.same(await ask(owned(truncation(), 64, 40, 0x800)), { ...PLAIN, killSuidGid: true })
  t.same(await ask(truncation()), PLAIN)
})

t.test('what opens: the umask, and bits that must go', async (t) => {
  const seen: Detail[] = []
  const session = serve(t, noting(seen), { slotCount: 1 })
  const { request } = session
  const node = await lookedUp(session)
  const ask = (message: Uint8Array) => asked(session, seen, message)
  t.same(await ask(patched(request.open(node), { 44: 1 })), { ...PLAIN, killSuidGid: true })
  t.same(await ask(request.open(node, 0o1000)), PLAIN)
  const umask = 0o77
  const create = () => request.create(1, 'c', 0o100666, 2, umask)
  t.same(await ask(patched(create(), { 52: 1 })), { ...PLAIN, killSuidGid: true, umask })
  t.same(await ask(create()), { ...PLAIN, umask })
  const tmpfile = () => request.tmpfile(1, 0o100666, 2, umask)
  t.same(await ask(patched(tmpfile(), { 52: 1 })), { ...PLAIN, killSuidGid: true, umask })
  t.same(await ask(tmpfile()), { ...PLAIN, umask })
})

const LABEL = Buffer.concat([
  Buffer.from('2800000001000000', 'hex'),
  Buffer.from('0500000000000000', 'hex'),
  Buffer.from('security.selinux\0uncon\0\0'),
])
const GROUP = Buffer.from('10000000200000000100000008000000', 'hex')

t.test('labels and a group come with whatever makes a node', async (t) => {
  const seen: Detail[] = []
  const session = serve(t, noting(seen), { slotCount: 1 })
  const { request } = session
  const block = Buffer.concat([LABEL, GROUP])
  const messages = {
    create: () => request.create(1, 'c', 0o100666),
    tmpfile: () => request.tmpfile(1, 0o100666),
    mknod: () => request.mknod(1, 'n', 0o100666),
    mkdir: () => request.mkdir(1, 'd', 0o777),
    symlink: () => request.symlink(1, 'l', 'target'),
  }
  for (const [method, message] of Object.entries(messages)) {
    t.match(
      await asked(session, seen, extended(message(), block)),
      { securityContexts: [['security.selinux', 'uncon']], supplementaryGroup: 8 },
      method,
    )
    t.match(
      await asked(session, seen, message()),
      { securityContexts: [], supplementaryGroup: undefined },
      `${method} after it`,
    )
    const { error } = await session.send(extended(message(), block.subarray(0, 24)))
    t.equal(error, -5, `${method}: cut, EIO`)
    t.equal(seen.length, 0)
  }
})
