// Entries out of the wire records of a kept listing, for a READDIRPLUS that goes on in it.

import type { ListedEntry } from '../../inode/index.js'
import { direntLength, FuseDirent } from '../../protocol/index.js'

/** @param records whole fuse_dirent records; names in them are views */
export function* plainRecords(records: Buffer): Generator<ListedEntry> {
  for (let at = 0; at < records.byteLength; ) {
    const length = records.readUInt32LE(at + FuseDirent.namelen)
    const start = at + FuseDirent.name
    yield {
      name: records.subarray(start, start + length),
      ino: records.readBigUInt64LE(at + FuseDirent.ino),
      type: records.readUInt32LE(at + FuseDirent.type),
      cookie: records.readBigUInt64LE(at + FuseDirent.off),
      source: undefined,
    }
    at += direntLength(length)
  }
}
