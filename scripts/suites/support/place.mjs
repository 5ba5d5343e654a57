// Where a suite runs: `on` ext4 itself, or on the loopback mount over it. Taken away whatever happens.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeExt4 } from './backing.mjs'
import { mountLoopback } from './mount.mjs'

/**
 * @param {{ on: 'fuseloop' | 'ext4', backing?: string, bytes: number, workers: number, transport: string, out: string, set: string[] }} settings
 * @param {AbortSignal} signal ends the making; what is there by then is taken away
 * @returns {Promise<{ path: string, beneath: string, scratch: string, abort: () => void, release: () => Promise<string | undefined> }>}
 * `path` is where the suite writes, `beneath` the same directory without the mount, `scratch` a folder elsewhere
 */
export async function makePlace({ on, backing, bytes, workers, transport, out, set }, signal) {
  const scratch = mkdtempSync(join(backing ?? tmpdir(), 'fuseloop-suite-'))
  const undo = [async () => rmSync(scratch, { recursive: true, force: true })]
  const release = async () => {
    let wrong
    while (undo.length > 0) wrong = (await undo.pop()()) ?? wrong
    return wrong
  }
  try {
    const beneath = join(scratch, 'source')
    if (backing === undefined) {
      const ext4 = await makeExt4(scratch, bytes)
      undo.push(ext4.release)
      mkdirSync(join(ext4.path, 'source'), { mode: 0o755 })
      return await over(join(ext4.path, 'source'))
    }
    mkdirSync(beneath, { mode: 0o755 })
    return await over(beneath)
  } catch (error) {
    await release()
    throw error
  }

  async function over(beneath) {
    signal.throwIfAborted()
    if (on === 'ext4') return { path: beneath, beneath, scratch, abort: () => undefined, release }
    const mountpoint = join(scratch, 'mnt')
    mkdirSync(mountpoint)
    const log = join(out, 'daemon.log')
    const mount = await mountLoopback({
      source: beneath,
      mountpoint,
      workers,
      transport,
      log,
      set,
      signal,
    })
    undo.push(mount.release)
    return { path: mountpoint, beneath, scratch, abort: mount.abort, release }
  }
}
