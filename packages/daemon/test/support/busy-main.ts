// The thread that mounted is busy with JavaScript for as long as the test wants.

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mounted } from './mounted.js'
import { waitUntil } from './wait-until.js'

/** Resolves when main sees nothing any more; with `aborts` it begins an abort() first. @returns what sets it free */
export async function keepMainBusy(mounted: Mounted, aborts = false): Promise<() => void> {
  const [begun, over] = ['begun', 'over'].map((name) => join(mounted.root, name)) as [
    string,
    string,
  ]
  mounted
    .inDaemon(
      ({ session, fs }, aborts, begun, over) => {
        if (aborts) void session.abort()
        fs.writeFileSync(begun, '')
        const word = new Int32Array(new SharedArrayBuffer(4))
        while (!fs.existsSync(over)) Atomics.wait(word, 0, 0, 10)
      },
      aborts,
      begun,
      over,
    )
    // The process may end before it answers.
    .catch(() => undefined)
  await waitUntil('main is busy', () => existsSync(begun))
  return () => writeFileSync(over, '')
}
