// Runs the compiled tests of all packages; arguments narrow it to files whose path has one of them:
// `npm test -- core ring` or `npm test -- packages/daemon/test/pool`.
// The last line is always `N passed, N failed[, N skipped]`, which CI reads.

import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { writeBundles } from './lib/bundles.mjs'
import { createTestReport } from './lib/test-report.mjs'
import { filesUnder, packageFolders, root } from './lib/workspace.mjs'

const files = testFiles(process.argv.slice(2).filter((argument) => !argument.startsWith('-')))
const { parser, counts, failures } = createTestReport((line) => console.log(line))
const started = Date.now()

// Packages import each other's bundles, which may be older than what was compiled last.
await writeBundles()
if (files.length > 0) await runTap(files)
conclude()

/** Looks for sources, because compiled tests whose source is gone may lie about. */
function testFiles(filters) {
  return packageFolders()
    .flatMap((folder) => filesUnder(join(folder, 'test'), '.test.ts'))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .map((file) => file.replace('/test/', '/dist-test/').replace(/\.ts$/, '.js'))
}

async function runTap(files) {
  const script = join(root, 'scripts', 'lib', 'run-tap.mjs')
  // Files wait for processes and deadlines more than they compute.
  const jobs = availableParallelism() + 1
  const child = spawn(process.execPath, [script, String(jobs), ...files], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout.pipe(parser)
  const parsed = new Promise((resolve) => parser.once('complete', resolve))
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...how) => resolve(how))
  })
  const results = await parsed
  if (counts.failed === 0 && (code !== 0 || !results.ok)) {
    counts.failed += 1
    console.log(`FAIL tap itself ended with ${signal ?? `exit code ${code}`}`)
  }
}

function conclude() {
  const { passed, failed, skipped } = counts
  // Once more where a reader of a long log looks first.
  if (files.length > 1) for (const failure of failures) console.log(failure)
  if (passed + failed === 0) console.log('FAIL no test ran')
  console.log(`\n${files.length} files in ${((Date.now() - started) / 1000).toFixed(1)} s`)
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}
