// A tree of files to be copied to and fro, and what it must look like wherever it is.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mounted } from './mounted.js'

/** Files of many sizes in nested folders, outside the mount. */
export function makeTree(folder: string): void {
  for (let index = 0; index < 30; index += 1) {
    const place = join(folder, `dir-${index % 4}`, `sub ${index % 3}`)
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, `file-${index}`), Buffer.alloc(index * index * 331, `${index}!`))
  }
  writeFileSync(join(folder, 'executable'), '#!/bin/sh\n', { mode: 0o755 })
  symlinkSync('dir-0/sub 0/file-0', join(folder, 'link'))
}

/** Of all files below a folder, as a client of the mount reads them. */
export async function checksums(mounted: Mounted, folder: string): Promise<string> {
  const command = 'find . -type f -print0 | sort -z | xargs -0 sha256sum'
  return await mounted.run('sh', ['-c', command], { cwd: folder })
}
