// Bundles what tsc has compiled: per package a handful of files in `bundle/`, which `exports` and `bin` name. Node opens
// all files of a module graph at once (lib/internal/modules/esm/load.js), for each worker anew; as compiled, file by
// file, a daemon with four workers would need hundreds of descriptors to start, and seconds on a slow machine.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { packageFolders, root } from './workspace.mjs'

/** Started by path, not imported by name. */
const PROGRAMS = {
  'packages/daemon': {
    cli: 'dist/cli/main.js',
    'mount-helper': 'dist/mount-helper/main.js',
    'daemon-main': 'dist/command/daemon-main.js',
    'worker-entry': 'dist/pool/worker-entry.js',
  },
}

/** Writes the bundles of all packages, and touches no file that stays as it is. @throws what esbuild says */
export async function writeBundles() {
  for (const folder of packageFolders()) {
    const entries = { ...exportedBy(folder), ...PROGRAMS[folder] }
    if (Object.keys(entries).length > 0) await writeBundle(join(root, folder), entries)
  }
}

/** By name of the bundle: the compiled file beside its types. */
function exportedBy(folder) {
  const { exports = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const bundled = Object.values(exports).filter((entry) => entry.default?.startsWith('./bundle/'))
  return Object.fromEntries(
    bundled.map(({ types, default: file }) => [
      basename(file, '.js'),
      types.replace(/^\.\//, '').replace(/\.d\.ts$/, '.js'),
    ]),
  )
}

async function writeBundle(folder, entries) {
  const { build } = createRequire(join(root, 'packages/daemon/x.js'))('esbuild')
  const output = join(folder, 'bundle')
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: entries,
    outdir: output,
    bundle: true,
    // One copy of what several entries share: a class, a symbol, a table.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    write: false,
    logLevel: 'error',
  })
  mkdirSync(output, { recursive: true })
  const names = new Set(outputFiles.map(({ path }) => basename(path)))
  // First what is imported, then who imports it: a daemon that starts meanwhile finds what it looks for.
  for (const { path, contents } of outputFiles.reverse()) writeChanged(path, contents)
  for (const name of readdirSync(output)) if (!names.has(name)) rmSync(join(output, name))
}

function writeChanged(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return
  writeFileSync(path, contents)
}
