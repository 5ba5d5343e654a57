// What the kernel is told where the handlers lack the method: the table in InodeHandlers' description.

import { Opcode, opcodeName } from '@fuseloop/core/protocol'
import { opcodeOf } from '@fuseloop/core/testing'
import t from 'tap'
import { serve } from './served.js'

const END = { nodeid: 1, fh: 0, offset: 0 }

t.test('without a method it is ENOSYS, but for a few that the framework answers', async (t) => {
  const session = serve(t, {})
  const { request } = session
  const answered = [
    request.open(1),
    request.opendir(1),
    request.release(1, 0),
    request.releasedir(1, 1),
    request.statfs(1),
  ]
  for (const message of answered)
    t.equal((await session.send(message)).error, 0, opcodeName(opcodeOf(message)))
  const missing = [
    request.lookup(1, 'a'),
    request.getattr(1),
    request.setattr(1, {}),
    request.readlink(1),
    request.symlink(1, 'a', 'b'),
    request.mknod(1, 'a', 0o100644),
    request.mkdir(1, 'a', 0o755),
    request.unlink(1, 'a'),
    request.rmdir(1, 'a'),
    request.rename(1, 'a', 1, 'b'),
    request.link(1, 1, 'a'),
    request.create(1, 'a', 0o644),
    request.tmpfile(1, 0o644),
    request.read(1, 0, 0, 10),
    request.write(1, 0, 0, 'x'),
    request.flush(1, 0),
    request.fsync(1, 0),
    request.fsyncdir(1, 0),
    request.readdir(1, 0, 0, 100),
    request.access(1, 4),
    request.setxattr(1, 'user.a', ''),
    request.getxattr(1, 'user.a', 0),
    request.listxattr(1, 0),
    request.removexattr(1, 'user.a'),
    request.fallocate(1, 0, 0, 0, 1),
    request.lseek(1, 0, 0, 3),
    request.copyFileRange(END, END, 1),
    request.copyFileRange64(END, END, 1),
    request.ioctl(1, 0, 1),
    request.poll(1, 0, 1, 5),
    request.bmap(1, 0, 4096),
    request.syncfs(1),
    request.statx(1, 0, 0xfff),
    request.message(Opcode.SETUPMAPPING, 1, Buffer.alloc(40)),
    request.message(60, 1),
  ]
  for (const message of missing)
    t.equal((await session.send(message)).code, 'ENOSYS', opcodeName(opcodeOf(message)))
  t.same(session.log, [])
})
