// Builds the addon and its two programs with node-gyp: in gyp/build, then renames the finished file into build/Release,
// because a process that has an addon loaded crashes when the file is overwritten in place.
// Does nothing when sources, flags and Node.js are those of the last build.
// `--sanitize=address --output DIR` builds another one, for tests, from a copy in DIR and into DIR, each time.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = dirname(fileURLToPath(import.meta.url))
const gypFolder = join(root, 'gyp')
const addon = 'fuseloop_native.node'
/** What is built: the addon, and the mount helper and the watcher, which stand beside it. */
const products = [addon, 'fuseloop-fusermount', 'fuseloop-mount-watcher']
const release = join(root, 'build', 'Release')
const stampFile = join(release, '.stamp')
const { values: options } = parseArgs({
  options: {
    verbose: { type: 'boolean', default: false },
    'is-current': { type: 'boolean', default: false },
    'check-tools': { type: 'boolean', default: false },
    sanitize: { type: 'string' },
    output: { type: 'string' },
  },
})

if (options['is-current']) process.exit(isCurrent() ? 0 : 1)
if (options['check-tools']) {
  requireTools()
} else if (process.platform !== 'linux') {
  console.log('native: not built, the addon is for Linux only')
} else if (options.sanitize !== undefined) {
  requireTools()
  buildSanitized(options.sanitize, resolve(options.output))
} else if (!isCurrent()) {
  requireTools()
  build()
}

function isCurrent() {
  return (
    products.every((name) => existsSync(join(release, name))) &&
    existsSync(stampFile) &&
    readFileSync(stampFile, 'utf8') === fingerprint()
  )
}

function sources() {
  return readdirSync(join(root, 'src'), { recursive: true })
    .filter((name) => /\.(cpp|hpp)$/.test(name))
    .sort()
    .map((name) => join('src', name))
}

function fingerprint() {
  const hash = createHash('sha256')
  hash.update([process.version, process.arch, process.execPath, process.env.CXX ?? ''].join())
  hash.update(process.env.CXXFLAGS ?? '')
  for (const name of ['build.mjs', 'package.json', 'gyp/binding.gyp', ...sources()]) {
    hash.update(`\0${name}\0`)
    hash.update(readFileSync(join(root, name)))
  }
  return hash.digest('hex')
}

function requireTools() {
  const tools = { [process.env.CXX ?? 'g++']: 'g++', make: 'make', python3: 'python3' }
  const missing = Object.keys(tools).filter(
    (tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status !== 0,
  )
  if (missing.length === 0) return
  const packages = missing.map((tool) => tools[tool]).join(' ')
  console.error(`building the addon needs ${missing.join(', ')}: apt-get install -y ${packages}`)
  process.exit(1)
}

function build() {
  const started = Date.now()
  const stamp = fingerprint()
  const built = compile(gypFolder, {})
  mkdirSync(release, { recursive: true })
  for (const name of products) {
    const aside = join(release, `${name}.${process.pid}`)
    copyFileSync(join(built, name), aside)
    renameSync(aside, join(release, name))
  }
  writeFileSync(stampFile, stamp)
  console.log(`native: built in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

/** In a copy, as node-gyp builds beside binding.gyp. A process that loads it needs the sanitizer's runtime preloaded. */
function buildSanitized(sanitizer, folder) {
  const copy = join(folder, 'gyp')
  cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true })
  cpSync(join(root, 'test', 'cpp', 'napi'), join(folder, 'src', 'napi'), { recursive: true })
  cpSync(join(gypFolder, 'binding.gyp'), join(copy, 'binding.gyp'))
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  // Where binding.gyp finds node-addon-api.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const flags = `-fsanitize=${sanitizer}`
  const built = compile(copy, {
    CXXFLAGS: `${flags} -fno-omit-frame-pointer -g -O0 -DFUSELOOP_PLANTED_FAULT`,
    LDFLAGS: flags,
  })
  renameSync(join(built, addon), join(folder, addon))
}

/** @returns the folder of the finished products */
function compile(folder, flags) {
  const built = join(folder, 'build', 'Release')
  const result = runNodeGyp(folder, flags)
  if (result.status === 0 && products.every((name) => existsSync(join(built, name)))) return built
  console.error('native: the build failed')
  if (!options.verbose) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`)
  process.exit(result.status || 1)
}

function runNodeGyp(folder, flags) {
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  const prefix = dirname(dirname(process.execPath))
  // Without --nodedir node-gyp downloads the headers.
  const nodedir = existsSync(join(prefix, 'include', 'node', 'node.h'))
    ? [`--nodedir=${prefix}`]
    : []
  const command = [process.execPath, nodeGyp, 'configure', 'build', ...nodedir]
  command.push(
    `--jobs=${availableParallelism()}`,
    options.verbose ? '--verbose' : '--loglevel=warn',
  )
  // Two builds at once would write the same object files.
  if (spawnSync('flock', ['--version'], { stdio: 'ignore' }).status === 0) {
    command.unshift('flock', join(folder, 'binding.gyp'))
  }
  const [program, ...args] = command
  return spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: options.verbose ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    env: { ...(nodedir.length > 0 ? withoutNodeGypSettings() : process.env), ...flags },
  })
}

// A `nodedir` or `node_gyp` setting of npm's reaches its scripts as a variable and would win over
// the arguments here.
function withoutNodeGypSettings() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_config_(node_?gyp|nodedir|node-gyp|jobs|loglevel)$/i.test(name),
    ),
  )
}
