// The filesystem beneath: a fresh ext4 in a sparse image on a loop device, so that nothing of the machine's own
// filesystem (quotas, options, age) is measured, and nothing is left behind.

import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { command, mustRun } from './command.mjs'

/**
 * @param {string} folder empty, outside of any mount under test
 * @returns {Promise<{ path: string, release: () => Promise<void> }>}
 */
export async function makeExt4(folder, bytes) {
  const image = join(folder, 'image')
  const path = join(folder, 'ext4')
  mkdirSync(path)
  writeFileSync(image, '')
  truncateSync(image, bytes)
  await mustRun('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=1', image])
  // mount(8) makes the loop device itself, so that the kernel takes it away with the mount, even one that is detached.
  await mustRun('mount', ['-t', 'ext4', '-o', 'loop,acl,user_xattr', image, path])
  const release = async () => {
    const { code } = await command('umount', [path], { seconds: 60 })
    if (code !== 0) await command('umount', ['-l', path], { seconds: 10 })
    rmSync(image, { force: true })
  }
  return { path, release }
}
