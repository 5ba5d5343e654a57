// Idmapped mounts: the kernel names callers only where they make nodes, by ids of the filesystem's own
// (fs/fuse/dev.c fuse_get_req()).

import t from 'tap'
import { FILE, type Handlers, lookedUp, serve } from './served.js'

const NO_ID = 0xffffffff

t.test(
  'ALLOW_IDMAP: ids that the kernel leaves out are undefined, others are as they are',
  async (t) => {
    const seen: (readonly [string, number | undefined, number | undefined])[] = []
    const handlers: Handlers = {
      lookup: (_parent, _name, { uid, gid }) => {
        seen.push(['lookup', uid, gid])
        return { attributes: FILE }
      },
      getattr: (_node, _file, { uid, gid }) => {
        seen.push(['getattr', uid, gid])
        return FILE
      },
      mknod: (_parent, _name, _mode, _rdev, { uid, gid }) => {
        seen.push(['mknod', uid, gid])
        return { attributes: FILE }
      },
    }
    const session = serve(t, handlers, {
      flags: { require: ['ALLOW_IDMAP'] },
      kernel: { defaultPermissions: true },
    })
    const { request } = session
    const from = (message: Uint8Array, uid: number, gid: number): Uint8Array => {
      const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
      // fuse_in_header: uid at 24, gid at 28.
      view.setUint32(24, uid, true)
      view.setUint32(28, gid, true)
      return message
    }
    await session.send(from(request.lookup(1, 'f'), NO_ID, NO_ID))
    await session.send(from(request.getattr(await lookedUp(session)), NO_ID, NO_ID))
    await session.send(from(request.mknod(1, 'new', 0o100644, 0), 5, 0))
    t.strictSame(seen.slice(0, 1), [['lookup', undefined, undefined]])
    t.strictSame(seen.slice(2), [
      ['getattr', undefined, undefined],
      ['mknod', 5, 0],
    ])
  },
)
