// The directory that loopbacks show, and that `native` is: with what the workloads use.

import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { ENTRY_COUNT, FILE_SIZE } from '../filesystems/tree.js'

/** @param parent where it is made; its filesystem is what is measured */
export function makeSource(parent: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(parent, 'fuseloop-bench-source-'))
  writeData(join(path, 'data'))
  mkdirSync(join(path, 'many'))
  for (let index = 0; index < ENTRY_COUNT; index += 1)
    writeFileSync(join(path, 'many', `entry-${String(index).padStart(5, '0')}`), '')
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Real blocks: a hole is read without the disk's cache. */
function writeData(path: string): void {
  const file = openSync(path, 'w')
  const block = Buffer.alloc(1 << 20, 0x5a)
  for (let written = 0; written < FILE_SIZE; written += block.length) writeSync(file, block)
  closeSync(file)
}
