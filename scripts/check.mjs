// All gates but the tests, each with one line of verdict and its output when it fails.
// CI and developers run the same command: `npm run check`.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkCppFormat } from './lib/clang-format.mjs'
import { packageFolders, root, run, runBin } from './lib/workspace.mjs'

const layoutTest = join(root, 'packages', 'native', 'test', 'layout.mjs')
const sourceFolders = packageFolders()
  .flatMap((folder) => ['src', 'lib', 'test'].map((part) => join(folder, part)))
  .filter((folder) => existsSync(join(root, folder)) && !folder.startsWith('packages/native/src'))

let failures = 0

gate('setup', () => run(process.execPath, [join(root, 'scripts', 'setup.mjs')]))
gate('format and lint (biome)', () => runBin('biome', ['check', '--error-on-warnings', '.']))
gate('layers (dependency-cruiser)', () => runBin('depcruise', sourceFolders))
gate('C++ layers', () => run(process.execPath, [join(root, 'scripts', 'check-cpp-layers.mjs')]))
gate('types (tsc)', () => runBin('tsc', ['--build']))
gate('documents', () => run(process.execPath, [join(root, 'scripts', 'check-docs.mjs')]))
gate('doc comments', () => run(process.execPath, [join(root, 'scripts', 'check-tsdoc.mjs')]))
gate('dead code (knip)', () => runBin('knip', ['--no-progress']))
gate('C++ format (clang-format)', checkCppFormat)
if (existsSync(layoutTest)) {
  gate('kernel layout', () => run(process.execPath, [layoutTest]))
}

console.log(failures === 0 ? 'check: all good' : `check: ${failures} failed`)
process.exitCode = failures === 0 ? 0 : 1

function gate(name, action) {
  const started = Date.now()
  const { status, output, skipped } = action()
  const verdict = skipped ? `skipped: ${skipped}` : status === 0 ? 'ok' : 'FAILED'
  console.log(`check: ${name}: ${verdict} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
  if (status === 0) return
  failures += 1
  process.stdout.write(output.replace(/\n*$/, '\n'))
}
