import t from 'tap'
import { deviceOf, raiseReadAhead } from '../../dist/mount/read-ahead.js'

const MOUNTINFO = `22 1 8:1 / / rw - ext4 /dev/sda1 rw
40 22 0:50 / /mnt/a rw - fuse.fuseloop a rw
41 22 0:51 / /mnt/with\\040blank\\134 rw - fuse.fuseloop b rw
42 40 0:52 / /mnt/a rw - fuse.fuseloop c rw
`

t.test('a mount is found by its path, the one on top of others', async (t) => {
  t.equal(deviceOf(MOUNTINFO, '/'), '8:1')
  t.equal(deviceOf(MOUNTINFO, '/mnt/a'), '0:52')
  t.equal(deviceOf(MOUNTINFO, '/mnt/with blank\\'), '0:51')
  t.equal(deviceOf(MOUNTINFO, '/mnt'), undefined)
})

t.test('what cannot be raised is told why', async (t) => {
  t.equal(await raiseReadAhead('/nothing is mounted here', 4096), 'the mount is not to be found')
})
