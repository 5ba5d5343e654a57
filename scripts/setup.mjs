// Brings a clone to where everything runs: dependencies, the addon, TypeScript compiled and bundled.
// Runs before `npm start` and `npm test`; says nothing when there is nothing to do.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hasProgram, packageFolders, root, run } from './lib/workspace.mjs'

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const modules = join(root, 'node_modules')
const stampFile = join(modules, '.fuseloop', 'install-stamp')
const addonScript = join(root, 'packages', 'native', 'build.mjs')
const addonIsCurrent = process.platform !== 'linux' || addon('--is-current').status === 0

checkNode()
if (!addonIsCurrent) checkBuildTools()
installDependencies()
if (!addonIsCurrent) step('native addon', 'building the native addon', () => addon())
compile()

function addon(...options) {
  return run(process.execPath, [addonScript, ...options])
}

function checkNode() {
  const floor = manifest.engines.node.replace('>=', '').split('.').map(Number)
  const version = process.versions.node.split('.').map(Number)
  const differs = floor.findIndex((part, index) => part !== version[index])
  if (differs === -1 || version[differs] > floor[differs]) return
  fail(`Node.js ${manifest.engines.node} is needed, this is ${process.version}`)
}

// Before anything is downloaded, so that the advice comes at once.
function checkBuildTools() {
  const { status, output } = addon('--check-tools')
  if (status !== 0) fail(output.trim(), status)
}

function installDependencies() {
  const stamp = installStamp()
  if (isInstalled(stamp)) return
  // npm's layout, left by a stray `npm install`, has links that pnpm would follow and keep.
  if (existsSync(join(modules, '.package-lock.json'))) rmSync(modules, { recursive: true })
  const pnpm = manifest.packageManager.replace(/\+.*/, '')
  const args = ['--yes', pnpm, 'install', '--config.confirmModulesPurge=false']
  step('dependencies', 'installing dependencies', () => runAlone('npx', args))
  mkdirSync(join(modules, '.fuseloop'), { recursive: true })
  // Computed again: outside of CI pnpm may have brought the lockfile up to date.
  writeFileSync(stampFile, installStamp())
}

function isInstalled(stamp) {
  return (
    existsSync(stampFile) &&
    readFileSync(stampFile, 'utf8') === stamp &&
    !existsSync(join(modules, '.package-lock.json')) &&
    packageFolders().every((folder) => !hasDependencies(folder) || hasModules(folder))
  )
}

function hasModules(folder) {
  return existsSync(join(root, folder, 'node_modules'))
}

function hasDependencies(folder) {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8'),
  )
  return Boolean(dependencies ?? devDependencies ?? optionalDependencies)
}

function installStamp() {
  const hash = createHash('sha256').update(`${process.version} ${process.platform}`)
  const manifests = packageFolders().map((folder) => join(folder, 'package.json'))
  for (const name of ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', ...manifests]) {
    hash.update(`\0${name}\0`)
    if (existsSync(join(root, name))) hash.update(readFileSync(join(root, name)))
  }
  return hash.digest('hex')
}

function compile() {
  const result = runAlone(join(modules, '.bin', 'tsc'), ['--build'])
  if (result.status !== 0) stop('TypeScript', result)
  const bundled = runAlone(process.execPath, [join(root, 'scripts', 'bundle.mjs')])
  if (bundled.status !== 0) stop('bundles', bundled)
}

// Two set-ups at once, say of two terminals, would write the same files.
function runAlone(program, args) {
  if (!hasProgram('flock')) return run(program, args)
  return run('flock', [join(root, 'package.json'), program, ...args])
}

function step(name, doing, action) {
  const started = Date.now()
  console.log(`setup: ${doing}`)
  const result = action()
  if (result.status !== 0) stop(name, result)
  console.log(`setup: ${name} ready in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

function stop(name, { status, output }) {
  process.stderr.write(output)
  fail(`${name} failed`, status)
}

function fail(message, status = 1) {
  console.error(`setup: ${message}`)
  process.exit(status)
}
