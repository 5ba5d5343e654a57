// An open file whose name is gone goes on to be a file, on the loopback mount as elsewhere.

import { testMountInAllLoops } from '../support/mount-test.js'

for (const attributesTimeoutMs of [1000, 0]) {
  testMountInAllLoops(
    `fstat, read, write and ftruncate work on an unlinked file (attributes kept ${attributesTimeoutMs} ms)`,
    { filesystem: 'loopback', cache: { attributesTimeoutMs } },
    async (t, mounted) => {
      const seen = await mounted.call(({ fs }, folder) => {
        const file = fs.openSync(`${folder}/file`, 'w+')
        fs.writeSync(file, 'before')
        fs.unlinkSync(`${folder}/file`)
        fs.writeSync(file, ' after')
        const content = Buffer.alloc(20)
        const count = fs.readSync(file, content, 0, 20, 0)
        const { size, nlink } = fs.fstatSync(file)
        fs.ftruncateSync(file, 3)
        fs.futimesSync(file, 1000, 1000)
        fs.fchmodSync(file, 0o640)
        fs.fsyncSync(file)
        const after = fs.fstatSync(file)
        fs.closeSync(file)
        return {
          names: fs.readdirSync(folder),
          text: content.toString('utf8', 0, count),
          size,
          nlink,
          after: [after.size, after.mtimeMs, (after.mode & 0o777).toString(8)],
        }
      }, mounted.mountpoint)
      t.same(seen, {
        names: [],
        text: 'before after',
        size: 12,
        nlink: 0,
        after: [3, 1_000_000, '640'],
      })
      t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
    },
  )
}
