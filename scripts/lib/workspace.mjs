// What all scripts share: where the workspace is and how a child process is run quietly.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Folders of the workspace's packages, relative to the root, in a stable order. */
export function packageFolders() {
  return readdirSync(join(root, 'packages'))
    .map((name) => join('packages', name))
    .concat('bench')
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort()
}

/**
 * Runs a command in the root and keeps its output.
 * @returns {{ status: number, output: string }} status 127 when the command does not exist
 */
export function run(program, args, options = {}) {
  const child = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 256 * 1024 * 1024,
    ...options,
  })
  const output = `${child.stdout ?? ''}${child.stderr ?? ''}`
  if (child.error) return { status: 127, output: `${output}${child.error.message}\n` }
  return { status: child.status ?? 1, output }
}

/** Runs a dependency's command line program, without the second that npx costs. */
export function runBin(name, args, options) {
  return run(join(root, 'node_modules', '.bin', name), args, options)
}

export function hasProgram(name) {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0
}

/** Files below a folder of the root whose name ends in one of the endings; none if it is missing. */
export function filesUnder(folder, ...endings) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true })
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => join(folder, name))
    .sort()
}
