// fuse-native from npm: the trivial filesystem and a loopback. It is no dependency: whoever wants the comparison
// installs it and names its folder in FUSELOOP_BENCH_FUSE_NATIVE, or puts it where node finds it.

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Contestant } from './contestant.js'
import { NotAvailable } from './not-available.js'

const MAIN = fileURLToPath(new URL('./fuse-native-main.js', import.meta.url))

export function fuseNativeContestants(): Contestant[] {
  return [fuseNative('fuse-native', 'trivial'), fuseNative('loopback-fuse-native', 'directory')]
}

function fuseNative(name: string, serves: Contestant['serves']): Contestant {
  return {
    name,
    role: 'contestant',
    serves,
    handlers: 'sync',
    onlyScaling: false,
    isQuick: serves === 'trivial',
    workers: 1,
    entries: 1,
    flags: ['api=path', 'handlers=sync', 'loop=single'],
    command: ({ mountpoint, source }, { burnRounds }) => ({
      program: process.execPath,
      args: [MAIN, findPackage(), serves, mountpoint, source, String(burnRounds)],
      setsNice: false,
      reports: true,
    }),
  }
}

/** @throws NotAvailable */
function findPackage(): string {
  const named = process.env['FUSELOOP_BENCH_FUSE_NATIVE']
  try {
    return createRequire(import.meta.url).resolve(named ?? 'fuse-native')
  } catch {
    throw new NotAvailable('fuse-native is not installed (FUSELOOP_BENCH_FUSE_NATIVE names it)')
  }
}
