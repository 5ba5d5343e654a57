// The temporary directories of one run, all below one.

import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * @typedef {object} Place
 * @property {string} base
 * @property {string} data what is copied onto the mount
 * @property {string} source what the loopback example shows
 * @property {string} mountpoint
 * @property {string} home an empty HOME for the programs
 * @property {string} sums checksums of `data`, as sha256sum writes them
 */

/** @returns {Promise<Place>} */
export async function createPlace() {
  const base = await mkdtemp(join(tmpdir(), 'fuseloop-demo-'))
  const place = {
    base,
    data: join(base, 'data'),
    source: join(base, 'source'),
    mountpoint: join(base, 'mount'),
    home: join(base, 'home'),
    sums: join(base, 'sums'),
  }
  for (const name of ['data', 'source', 'mountpoint', 'home']) await mkdir(place[name])
  return place
}

/** @param {Place} place */
export async function removePlace(place) {
  // Fails with EBUSY while something is mounted: nothing below a mount is ever removed.
  await rmdir(place.mountpoint)
  await rm(place.base, { recursive: true, force: true })
}
