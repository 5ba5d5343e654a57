// Runs one of the suites that show the loopback correct, on the loopback over ext4 or on ext4 itself. Needs root.
// The suites' programs are built elsewhere (docs/suites.md); nothing of them is kept here.
// The last line is `N passed N failed N skipped`; --out gets results.json and the daemon's log.

import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SUITES } from './suites/all.mjs'
import { command, mustRun } from './suites/support/command.mjs'
import { makePlace } from './suites/support/place.mjs'
import { createResults, failuresOf } from './suites/support/results.mjs'

const USAGE = `node scripts/run-suite.mjs SUITE --out DIR [--dir WHERE-IT-IS-BUILT] [--on fuseloop|ext4] [--workers N]
  [--case FILTER] [--scale FACTOR] [--against DIR] [--backing DIR] [--size GIB] [--set KEY=VALUE]...
  suites: ${Object.keys(SUITES).join(' ')}
  --backing is a directory to run in, or to show; without it an ext4 image of --size GiB is made
  --scale makes a suite shorter; --against DIR has results of ext4: what fails there too counts as skipped`

const { suite, settings } = parse()
mkdirSync(settings.out, { recursive: true })
rmSync(join(settings.out, 'daemon.log'), { force: true })
const results = createResults((line) => console.log(line), failuresOf(settings.against))
const started = Date.now()
const place = await makePlace(settings)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    place.abort()
    void place.release().finally(() => process.exit(1))
  })
}
try {
  await SUITES[suite].run(surroundings(place))
} catch (error) {
  results.failed(suite, { detail: error.stack })
}
const wrong = await place.release()
if (wrong) results.failed('daemon', { detail: wrong })
const seconds = Math.round((Date.now() - started) / 1000)
const { on, workers } = settings
results.save(settings.out, { suite, on, workers, seconds, summary: results.summary })
console.log(`${suite} on ${on}${on === 'ext4' ? '' : `, ${workers} workers`}, ${seconds} s`)
console.log(results.summary)
process.exitCode = results.failures > 0 ? 1 : 0

function surroundings({ path, beneath, scratch, abort }) {
  const { built, filter, scale } = settings
  const bound = (options) => ({ onStuck: abort, ...options })
  return {
    ...{ built, filter, scale, path, beneath, scratch, results },
    run: (program, args, options) => command(program, args, bound(options)),
    mustRun: (program, args, options) => mustRun(program, args, bound(options)),
  }
}

function parse() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      dir: { type: 'string', default: '.' },
      out: { type: 'string' },
      on: { type: 'string', default: 'fuseloop' },
      workers: { type: 'string', default: '4' },
      case: { type: 'string', default: '' },
      scale: { type: 'string', default: '1' },
      against: { type: 'string' },
      backing: { type: 'string' },
      size: { type: 'string', default: '8' },
      set: { type: 'string', multiple: true, default: [] },
    },
  })
  const [suite] = positionals
  const isKnown = Object.hasOwn(SUITES, suite ?? '') && ['fuseloop', 'ext4'].includes(values.on)
  if (!isKnown || values.out === undefined || positionals.length !== 1) {
    console.error(USAGE)
    process.exit(2)
  }
  const settings = {
    on: values.on,
    workers: Number(values.workers),
    out: resolve(values.out),
    built: resolve(values.dir),
    filter: values.case,
    scale: Number(values.scale),
    against: values.against && resolve(values.against),
    backing: values.backing && resolve(values.backing),
    bytes: Number(values.size) * 2 ** 30,
    set: values.set,
  }
  return { suite, settings }
}
