// The folder of one mount under measurement.

import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Place {
  readonly mountpoint: string
  /** The directory that loopbacks show. */
  readonly source: string
}

/** A new place; `source` is shared by all of a run. */
export function makePlace(source: string): Place & { remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'fuseloop-bench-'))
  const mountpoint = join(root, 'mnt')
  mkdirSync(mountpoint)
  const remove = (): void => {
    try {
      // Never recursive: where a mount could not be taken away, what is beneath would be lost.
      rmdirSync(mountpoint)
      rmdirSync(root)
    } catch {
      // Empty folders may stay behind, and it may be removed already.
    }
  }
  return { mountpoint, source, remove }
}
