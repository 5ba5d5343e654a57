// A source that reads short: for the kernel's page cache a short answer is the end of the file, and zeros behind it.

import { testMount } from '../support/mount-test.js'
import { CONTENT } from './filesystems/short-reads.js'

const filesystem = new URL('./filesystems/short-reads.js', import.meta.url)

testMount(
  'the loopback shows all of a file whose source reads short',
  { filesystem, workers: 1 },
  async (t, mounted) => {
    const outer = `${mounted.root}/outer`
    await mounted.inDaemon(
      async ({ mount, fs }, source, outer) => {
        fs.mkdirSync(outer)
        await mount('loopback', outer, { workers: 1, set: { source } })
      },
      mounted.mountpoint,
      outer,
    )
    const read = (folder: string): Promise<string> =>
      mounted.call(({ fs }, path) => {
        const file = fs.openSync(path, 'r')
        const buffer = Buffer.alloc(1 << 16)
        const count = fs.readSync(file, buffer)
        return buffer.toString('latin1', 0, count)
      }, `${folder}/file`)
    t.equal((await read(mounted.mountpoint)).length, 1000, 'one read of the source is short')
    t.equal(await read(outer), CONTENT.toString('latin1'))
  },
)
