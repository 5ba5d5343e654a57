// Files behind made-up descriptors, for the virtual kernel to read and write past the filesystem.

import type { BackingFile, BackingSource } from '@fuseloop/core/testing'

const EBADF = -9

/** Descriptors 2n and 2n + 1 are of file n; the kernel counts what goes by. */
export class MemoryFiles {
  readonly texts: Buffer[]
  reads = 0
  writes = 0

  constructor(...texts: string[]) {
    this.texts = texts.map((text) => Buffer.from(text))
  }

  readonly source: BackingSource = (fd) => {
    const index = fd >>> 1
    return index < this.texts.length ? this.#file(index) : EBADF
  }

  text(index: number): string {
    return String(this.texts[index])
  }

  #file(index: number): BackingFile {
    return {
      name: `file ${index}`,
      read: (size, position) => {
        this.reads += 1
        return Buffer.from((this.texts[index] as Buffer).subarray(position, position + size))
      },
      write: (bytes, position) => {
        this.writes += 1
        const before = this.texts[index] as Buffer
        const after = Buffer.alloc(Math.max(before.byteLength, position + bytes.byteLength))
        after.set(before)
        after.set(bytes, position)
        this.texts[index] = after
      },
    }
  }
}
