// From what a user names to a module that workers import. JavaScript is imported where it stands; TypeScript is
// bundled into `.fuseloop` of its own project, so that the packages it imports are found as ever.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type FilesystemDefinition, isFilesystemDefinition } from '@fuseloop/core'
import { FuseError } from '@fuseloop/core/session'
import type { BuildFailure, Plugin } from 'esbuild'

const TYPESCRIPT = new Set(['.ts', '.mts', '.cts', '.tsx'])

/**
 * The URL of a filesystem's module, bundled if need be.
 * @param specifier a path (./, ../, / or file:), `npm:name` or `@scope/name`, else the name of an example
 * @param directory what paths and packages are resolved from
 * @throws FuseError ERR_FUSE_BAD_MODULE
 */
export async function locateModule(specifier: string, directory: string): Promise<string> {
  const path = resolveSpecifier(specifier, directory)
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) throw bad(`there is no module ${specifier} (${path})`)
  if (stats.isDirectory()) throw bad(`${specifier} is a directory; name the module file in it`)
  return TYPESCRIPT.has(extname(path)) ? await bundle(path) : pathToFileURL(path).href
}

/** @throws FuseError ERR_FUSE_BAD_MODULE when it does not load or exports something else */
export async function importDefinition(url: string, name: string): Promise<FilesystemDefinition> {
  let loaded: Record<string, unknown>
  try {
    loaded = (await import(url)) as Record<string, unknown>
  } catch (cause) {
    throw bad(`${name} does not load: ${await placeOf(cause, url)}${firstLine(cause)}`, cause)
  }
  const definition = loaded['default']
  if (isFilesystemDefinition(definition)) return definition
  const found =
    definition === undefined ? 'has no default export' : 'exports something else by default'
  throw bad(`${name} ${found}; expected what defineFilesystem() or defineInodeFilesystem() returns`)
}

function resolveSpecifier(specifier: string, directory: string): string {
  if (specifier.startsWith('file:')) return fileURLToPath(specifier)
  if (/^(\.{0,2}\/|\.{1,2}$)/.test(specifier)) return resolve(directory, specifier)
  const isPackage = specifier.startsWith('npm:') || specifier.startsWith('@')
  const name = isPackage ? specifier.replace(/^npm:/, '') : `@fuseloop/examples/${specifier}`
  const bases = isPackage
    ? [join(directory, 'x.js')]
    : [fileURLToPath(import.meta.url), join(directory, 'x.js')]
  for (const base of bases) {
    try {
      return createRequire(base).resolve(name)
    } catch {
      // Tried from the next place; the error below names what was looked for.
    }
  }
  if (isPackage) throw bad(`there is no package ${name} to be found from ${directory}`)
  const advice = existsSync(join(directory, specifier))
    ? `the file of that name is written ./${specifier}`
    : 'a module file is written with ./ or /, a package as npm:name'
  throw bad(`there is no example ${specifier}; ${advice}`)
}

async function bundle(path: string): Promise<string> {
  const { build } = await import('esbuild')
  const project = projectOf(path)
  const output = join(project, '.fuseloop')
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 8)
  const outfile = join(output, `${basename(path, extname(path))}-${hash}.mjs`)
  try {
    mkdirSync(output, { recursive: true })
    writeFileSync(join(output, '.gitignore'), '*\n')
    await build({
      entryPoints: [path],
      absWorkingDir: dirname(path),
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      external: ['*.node'],
      sourcemap: 'linked',
      logLevel: 'silent',
      plugins: [ownPackages()],
    })
  } catch (cause) {
    throw bad(`${path} does not compile: ${describeBuildFailure(cause, basename(path))}`, cause)
  }
  return pathToFileURL(outfile).href
}

/** A module outside any project that depends on @fuseloop/core gets the copy that this daemon uses. */
function ownPackages(): Plugin {
  return {
    name: 'fuseloop-own-packages',
    setup(build) {
      build.onResolve({ filter: /^@fuseloop\/core(\/|$)/ }, ({ path, resolveDir }) => {
        if (canResolve(path, resolveDir)) return { path, external: true }
        const own = createRequire(import.meta.url).resolve(path)
        return { path: pathToFileURL(own).href, external: true }
      })
    },
  }
}

function canResolve(name: string, directory: string): boolean {
  try {
    createRequire(join(directory, 'x.js')).resolve(name)
    return true
  } catch {
    return false
  }
}

/** The nearest folder with a package.json, else the module's own. */
function projectOf(path: string): string {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) return dirname(path)
  }
}

function describeBuildFailure(cause: unknown, file: string): string {
  const [first] = (cause as Partial<BuildFailure>).errors ?? []
  if (first === undefined) return firstLine(cause)
  if (first.location === null) return first.text
  const { line, file: found } = first.location
  return `${found === file ? '' : `${found}, `}line ${line}: ${first.text}`
}

/** Where Node's error names no line: that of a module is printed for uncaught errors only. */
async function placeOf(cause: unknown, url: string): Promise<string> {
  if (!(cause instanceof SyntaxError)) return ''
  const { transform } = await import('esbuild')
  const source = readFileSync(fileURLToPath(url), 'utf8')
  const failure = await transform(source, { logLevel: 'silent' }).catch((error) => error)
  const line = (failure as Partial<BuildFailure>).errors?.[0]?.location?.line
  return line === undefined ? '' : `line ${line}: `
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0] ?? ''
}

function bad(message: string, cause?: unknown): FuseError {
  return new FuseError('ERR_FUSE_BAD_MODULE', message, { cause })
}
