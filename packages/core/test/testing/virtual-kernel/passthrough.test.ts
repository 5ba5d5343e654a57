// Which opens go together (fs/fuse/iomode.c), whatever the daemon answers: what does not is EIO and released again.

import { IOCTL_BACKING_CLOSE, IOCTL_BACKING_OPEN, MemoryKernel } from '@fuseloop/core/testing'
import t from 'tap'
import { MemoryFiles } from '../../dispatch/memory-file.js'
import { reply, take } from './connected.js'

const OPEN = 14
const RELEASE = 18
const DIRECT_IO = 0x1
const KEEP_CACHE = 0x2
const NOFLUSH = 0x20
const PASSTHROUGH = 0x80
const EPERM = -1
const ENOENT = -2
const EINVAL = -22
const NODE = 2

interface Daemon {
  readonly kernel: MemoryKernel
  /** Answers an OPEN, and the RELEASE that follows if the kernel does not want it. */
  open(openFlags: number, backingId?: number): Promise<'taken' | 'refused'>
  /** Releases the open that came first. */
  close(): Promise<void>
}

/** A daemon that the test plays. */
function daemon(): Daemon {
  const kernel = new MemoryKernel({ backing: new MemoryFiles('one', 'two').source })
  kernel.initialize({ want: ['PASSTHROUGH'], maxWrite: 4096 })
  let handle = 0n
  const opened: bigint[] = []
  const answer = (opcode: number, body: Buffer): void => {
    const request = take(kernel)
    t.equal(request.opcode, opcode)
    kernel.device.writev([reply(request.unique, 0, body)])
  }
  return {
    kernel,
    async open(openFlags, backingId = 0) {
      const sent = kernel.requestSend(kernel.request.open(NODE))
      const body = Buffer.alloc(16)
      handle += 1n
      body.writeBigUInt64LE(handle, 0)
      body.writeUInt32LE(openFlags, 8)
      body.writeUInt32LE(backingId, 12)
      answer(OPEN, body)
      const { code } = await sent.reply
      if (code === undefined) {
        opened.push(handle)
        return 'taken'
      }
      t.equal(code, 'EIO')
      answer(RELEASE, Buffer.alloc(0))
      return 'refused'
    },
    async close() {
      const sent = kernel.requestSend(kernel.request.release(NODE, opened.shift() ?? 0n))
      answer(RELEASE, Buffer.alloc(0))
      await sent.reply
    },
  }
}

t.test('beside a file that is passed through only what is passed through alike', async (t) => {
  const { kernel, open, close } = daemon()
  const one = kernel.device.ioctl(IOCTL_BACKING_OPEN, 0)
  const sameAgain = kernel.device.ioctl(IOCTL_BACKING_OPEN, 0)
  t.not(one, sameAgain)
  t.equal(await open(PASSTHROUGH, one), 'taken')
  t.equal(await open(0), 'refused', 'cached')
  t.equal(await open(DIRECT_IO), 'refused', 'direct')
  t.equal(await open(PASSTHROUGH, sameAgain), 'refused', 'the same file, registered again')
  t.equal(await open(PASSTHROUGH | DIRECT_IO | NOFLUSH, one), 'taken')
  for (let left = 2; left > 0; left--) await close()
  t.equal(await open(0), 'taken', 'the file is free again')
})

t.test(
  'a file that is open in cached mode is not passed through; one in direct mode is',
  async (t) => {
    const { kernel, open, close } = daemon()
    const id = kernel.device.ioctl(IOCTL_BACKING_OPEN, 0)
    await open(0)
    t.equal(await open(PASSTHROUGH, id), 'refused')
    await close()
    await open(DIRECT_IO)
    t.equal(await open(PASSTHROUGH, id), 'taken')
  },
)

t.test('other flags, and ids that are none, are refused', async (t) => {
  const { kernel, open } = daemon()
  const id = kernel.device.ioctl(IOCTL_BACKING_OPEN, 0)
  t.equal(await open(PASSTHROUGH | KEEP_CACHE, id), 'refused')
  t.equal(await open(PASSTHROUGH, 0), 'refused')
  t.equal(await open(PASSTHROUGH, id + 1), 'refused')
  t.equal(kernel.device.ioctl(IOCTL_BACKING_CLOSE, id), 0)
  t.equal(await open(PASSTHROUGH, id), 'refused', 'closed')
})

t.test('registrations are the kernel’s', async (t) => {
  const { kernel } = daemon()
  const { device } = kernel
  t.equal(device.ioctl(IOCTL_BACKING_CLOSE, 0), EINVAL)
  t.equal(device.ioctl(IOCTL_BACKING_CLOSE, 7), ENOENT)
  for (const wishes of [
    {},
    { want: ['PASSTHROUGH'], isPrivileged: false },
    { want: ['PASSTHROUGH'], maxStackDepth: 3 },
  ] as const) {
    const other = new MemoryKernel({ backing: new MemoryFiles('one').source })
    other.initialize(wishes)
    t.equal(other.device.ioctl(IOCTL_BACKING_OPEN, 0), EPERM, JSON.stringify(wishes))
  }
})
