// C programs of the suite, compiled where it runs, so that they are optimised for what they are compared with.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NotAvailable } from '../contestants/not-available.js'

/** Below the package, ignored by git. */
const BUILD_FOLDER = fileURLToPath(new URL('../../build/', import.meta.url))
const FLAGS = ['-O2', '-Wall', '-pthread']

/** A folder of C files in src. */
export function sourceFolder(name: 'clients' | 'reference'): string {
  return fileURLToPath(new URL(`../../src/${name}/`, import.meta.url))
}

/**
 * Compiles all C files of a folder into one program.
 * @param packages names that pkg-config knows
 * @returns its path
 * @throws NotAvailable without a compiler or one of the packages
 */
export function compileFolder(
  folder: string,
  program: string,
  packages: readonly string[] = [],
): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.c'))
  return compileFiles(
    files.map((name) => join(folder, name)),
    program,
    packages,
  )
}

/** As compileFolder, for files by path. */
export function compileFiles(
  files: readonly string[],
  program: string,
  packages: readonly string[] = [],
  includes: readonly string[] = [],
): string {
  mkdirSync(BUILD_FOLDER, { recursive: true })
  const path = join(BUILD_FOLDER, program)
  const unfinished = `${path}.${process.pid}`
  const flags = [...FLAGS, ...includes.map((folder) => `-I${folder}`)]
  run('cc', [...flags, ...files, '-o', unfinished, ...packages.flatMap(packageFlags)])
  // Another run may be using the one that is there.
  renameSync(unfinished, path)
  return path
}

/** With the folder of its library, where that is not the system's own. */
function packageFlags(name: string): string[] {
  const flags = run('pkg-config', ['--cflags', '--libs', name]).split(/\s+/).filter(Boolean)
  const folder = run('pkg-config', ['--variable=libdir', name])
  return [...flags, `-Wl,-rpath,${folder}`]
}

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) throw new NotAvailable(`${program}: ${error.message}`)
  if (status !== 0) throw new NotAvailable(`${program}: ${stderr.trim().split('\n')[0] ?? ''}`)
  return stdout.trim()
}
