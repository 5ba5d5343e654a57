// getdents(2) of a client, to the end of a directory.

import type { FileHandle } from '../../base/ids.js'
import type { ClientCalls } from './client-calls.js'
import type { ClientLimits } from './kernel-file.js'
import type { WireDirentRecord } from './wire-replies.js'

/** INIT flags by bit. */
const DO_READDIRPLUS = 13n
const READDIRPLUS_AUTO = 14n
/** As large as the buffer of getdents(2) in libc: fs/fuse/readdir.c takes its size. */
const LISTING_SIZE = 32768

/** Names in the order of the listing, without the dots. */
export async function listDirectory(
  calls: ClientCalls,
  limits: ClientLimits,
  nodeid: bigint,
  fh: FileHandle,
): Promise<Buffer[]> {
  const names: Buffer[] = []
  for (let cookie = 0n; ; ) {
    const records = await readRecords(calls, limits, nodeid, fh, cookie)
    const last = records.at(-1)
    if (last === undefined) return names.filter((name) => !isDots(name))
    names.push(...records.map(({ name }) => name))
    cookie = last.cookie
  }
}

/** READDIRPLUS as fs/fuse/readdir.c fuse_use_readdirplus() says, without its memory of lookups. */
async function readRecords(
  calls: ClientCalls,
  limits: ClientLimits,
  nodeid: bigint,
  fh: FileHandle,
  cookie: bigint,
): Promise<readonly WireDirentRecord[]> {
  const has = (bit: bigint): boolean => ((limits.flags >> bit) & 1n) === 1n
  const isPlus = has(DO_READDIRPLUS) && (cookie === 0n || !has(READDIRPLUS_AUTO))
  if (!isPlus)
    return (await calls.call(calls.request.readdir(nodeid, fh, cookie, LISTING_SIZE))).records
  const message = calls.request.readdirplus(nodeid, fh, cookie, LISTING_SIZE)
  const { direntsplus } = await calls.call(message)
  const given = direntsplus.map(({ entry }) => BigInt(entry.nodeid))
  calls.forget(given.filter((node) => node !== 0n))
  return direntsplus
}

function isDots(name: Buffer): boolean {
  const text = name.toString('latin1')
  return text === '.' || text === '..'
}
