// The layers of the C++ sources: a folder includes itself and what stands below it, and <napi.h>
// stays in napi/ and module.cpp, so that the rest is plain C++ with sanitizer tests of its own.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesUnder, root } from './lib/workspace.mjs'

const source = join('packages', 'native', 'src')

/** Rows: folder, the folders it may include; module.cpp counts as the folder "module". */
const below = { base: [], ring: ['base'], node: ['ring', 'base'] }
for (const folder of ['mount', 'posix', 'device', 'direct', 'uring']) {
  below[folder] = ['node', 'ring', 'base']
}
below.direct.push('device')
below.uring.push('device')
below.napi = Object.keys(below)
below.module = Object.keys(below)
// Programs of their own, of which nothing else includes anything.
below.helper = ['mount', 'base']
below.watcher = ['mount', 'base']

const violations = filesUnder(source, '.cpp', '.hpp').flatMap(violationsOf)
for (const violation of violations) console.log(violation)
process.exitCode = violations.length > 0 ? 1 : 0

function violationsOf(file) {
  const path = file.slice(source.length + 1)
  const folder = path.includes('/') ? path.slice(0, path.indexOf('/')) : 'module'
  const allowed = below[folder]
  if (!allowed) return [`${file}: the folder ${folder}/ has no row in check-cpp-layers.mjs`]
  return includesOf(file)
    .filter((name) => !mayInclude(name, folder, allowed))
    .map((name) => `${file}: ${folder} may not include ${name}`)
}

function includesOf(file) {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/^\s*#\s*include\s+["<]([^">]+)[">]/gm)].map(([, name]) => name)
}

function mayInclude(name, folder, allowed) {
  if (/^(napi|node_api|js_native_api)\.h$/.test(name)) return ['napi', 'module'].includes(folder)
  const target = name.includes('/') ? name.slice(0, name.indexOf('/')) : folder
  return target === folder || !(target in below) || allowed.includes(target)
}
