// The folder of one mount under test, with everything that the test keeps on disk.

import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder with `mnt`, to mount on, and `source`, for loopback to show. */
export function makePlace(): string {
  const root = mkdtempSync(join(tmpdir(), 'fuseloop-mount-'))
  // Clients of other users pass through it.
  chmodSync(root, 0o755)
  mkdirSync(join(root, 'mnt'))
  mkdirSync(join(root, 'source'))
  return root
}
