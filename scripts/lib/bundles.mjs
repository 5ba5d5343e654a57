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
  },
}
/** Likewise, in threads of their own, where nothing else of the package is: one file with all of it. */
const THREADS = { 'packages/daemon': { 'worker-entry': 'dist/pool/worker-entry.js' } }
/** Of these all entry points but the named ones are views of one file. */
const VIEWS = { 'packages/core': { apart: ['testing'], file: 'all' } }

/** Writes the bundles of all packages, and touches no file that stays as it is. @throws what esbuild says */
export async function writeBundles() {
  for (const folder of packageFolders()) {
    const entries = { ...exportedBy(folder), ...PROGRAMS[folder] }
    if (Object.keys(entries).length === 0) continue
    const files = VIEWS[folder]
      ? await bundleViews(folder, entries, VIEWS[folder])
      : await bundle(folder, { entryPoints: entries })
    if (THREADS[folder]) files.push(...(await bundle(folder, { entryPoints: THREADS[folder] })))
    writeAll(join(root, folder, 'bundle'), files)
  }
}

/** By name of the bundle: the compiled file beside its types. */
function exportedBy(folder) {
  const { exports = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const bundled = Object.values(exports).filter((entry) => entry.default?.startsWith('./bundle/'))
  return Object.fromEntries(
    bundled.map(({ types, default: file }) => [
      basename(file, '.js'),
      types.replace(/\.d\.ts$/, '.js'),
    ]),
  )
}

async function bundle(folder, options) {
  const { outputFiles } = await esbuild(folder, options)
  return outputFiles.map(({ path, contents }) => ({ name: basename(path), contents }))
}

/** One file that has all, and for each entry point one that passes on its part. */
async function bundleViews(folder, entries, { apart, file }) {
  const views = Object.entries(entries).filter(([name]) => !apart.includes(name))
  const all = views.map(([, path]) => `export * from '${path}'`).join('\n')
  const files = await bundle(folder, {
    entryPoints: {
      [file]: 'all-views',
      ...Object.fromEntries(apart.map((name) => [name, entries[name]])),
    },
    plugins: [virtualModule('all-views', all, join(root, folder))],
  })
  const { metafile } = await esbuild(folder, { entryPoints: Object.fromEntries(views) })
  for (const [output, { exports }] of Object.entries(metafile.outputs)) {
    const name = basename(output)
    if (!views.some(([view]) => `${view}.js` === name)) continue
    files.push({
      name,
      contents: Buffer.from(`export { ${exports.join(', ')} } from './${file}.js'\n`),
    })
  }
  return files
}

function virtualModule(name, contents, resolveDir) {
  return {
    name,
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: name }))
      build.onLoad({ filter: /.*/, namespace: name }, () => ({ contents, resolveDir }))
    },
  }
}

async function esbuild(folder, options) {
  const { build } = createRequire(join(root, 'packages/daemon/x.js'))('esbuild')
  return await build({
    absWorkingDir: join(root, folder),
    outdir: join(root, folder, 'bundle'),
    bundle: true,
    // One copy of what several entries share: a class, a symbol, a table.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    metafile: true,
    write: false,
    logLevel: 'error',
    ...options,
  })
}

function writeAll(output, files) {
  mkdirSync(output, { recursive: true })
  const names = new Set(files.map(({ name }) => name))
  for (const { name, contents } of files) writeChanged(join(output, name), contents)
  for (const name of readdirSync(output)) if (!names.has(name)) rmSync(join(output, name))
}

function writeChanged(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return
  writeFileSync(path, contents)
}
