// This package's version, for --version and -V.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export function readVersion(): string {
  // By name: this code runs bundled, from another folder than the one it is compiled to.
  const bundle = dirname(createRequire(import.meta.url).resolve('@fuseloop/daemon'))
  const manifest = readFileSync(join(dirname(bundle), 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
