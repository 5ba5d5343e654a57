// A source on a disk of its own that is soon full.

import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { makePlace } from '../../../support/mount-place.js'

/** In bytes. */
export const SIZE = 4 << 20

function systemCommand(...line: string[]): void {
  const { status, stderr } = spawnSync(line[0] as string, line.slice(1), { timeout: 60_000 })
  if (status !== 0) throw new Error(`${line.join(' ')}: ${stderr}`)
}

/** Runs `body` in a place whose source has SIZE bytes. */
export async function withSmallDisk(t: Test, body: (root: string) => Promise<void>): Promise<void> {
  const root = makePlace()
  const source = join(root, 'source')
  systemCommand('mount', '-t', 'tmpfs', '-o', `size=${SIZE}`, 'small', source)
  t.teardown(() => {
    spawnSync('umount', ['-l', source], { timeout: 60_000 })
    rmSync(root, { recursive: true, force: true })
  })
  await body(root)
}
