// Runs one of the suites that show the loopback correct, on the loopback over ext4 or on ext4 itself. Needs root.
// The suites' programs are built elsewhere (docs/suites.md); nothing of them is kept here.
// The last line is `N passed N failed N skipped`; --out gets results.json and the daemon's log.

import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SUITES } from './suites/all.mjs'
import { command, mustRun } from './suites/support/command.mjs'
import { whatIsMissing } from './suites/support/needs.mjs'
import { makePlace } from './suites/support/place.mjs'
import { createResults, failuresOf } from './suites/support/results.mjs'

const USAGE = `node scripts/run-suite.mjs SUITE --out DIR [--dir WHERE-IT-IS-BUILT] [--on fuseloop|ext4] [--workers N]
  [--transport auto|ring|direct|uring] [--case FILTER] [--scale FACTOR] [--against DIR] [--backing DIR] [--size GIB] [--set KEY=VALUE]...
  suites: ${Object.keys(SUITES).join(' ')}
  --backing is a directory to run in, or to show; without it an ext4 image of --size GiB is made
  --scale makes a suite shorter; --against DIR has results of ext4: what fails there too counts as skipped`

const OPTIONS = {
  dir: { type: 'string', default: '.' },
  out: { type: 'string' },
  on: { type: 'string', default: 'fuseloop' },
  workers: { type: 'string', default: '4' },
  transport: { type: 'string', default: 'auto' },
  case: { type: 'string', default: '' },
  scale: { type: 'string', default: '1' },
  against: { type: 'string' },
  backing: { type: 'string' },
  size: { type: 'string', default: '8' },
  set: { type: 'string', multiple: true, default: [] },
}

const { suite, settings } = parse()
const missing = whatIsMissing(SUITES[suite].needs(settings.built))
if (missing) giveUp(missing)
mkdirSync(settings.out, { recursive: true })
rmSync(join(settings.out, 'daemon.log'), { force: true })
const ending = endingBySignal()
const results = createResults((line) => console.log(line), excused())
const started = Date.now()
const place = await makePlace(settings, ending).catch((error) => giveUp(error.message))
try {
  await SUITES[suite].run(surroundings(place))
} catch (error) {
  results.failed(suite, { detail: ending.aborted ? ending.reason.message : error.stack })
}
if (results.isEmpty) results.failed(suite, { detail: `no case's name holds ${settings.filter}` })
const wrong = await place.release()
if (wrong) results.failed('daemon', { detail: wrong })
const seconds = Math.round((Date.now() - started) / 1000)
const { on, workers, transport } = settings
results.save(settings.out, { suite, on, workers, transport, seconds, summary: results.summary })
console.log(
  `${suite} on ${on}${on === 'ext4' ? '' : `, ${workers} workers, transport ${transport}`}, ${seconds} s`,
)
console.log(results.summary)
process.exitCode = results.failures > 0 ? 1 : 0

/** Its abort ends the running commands, and what was made is taken away. timeout(1) sends its signal twice. */
function endingBySignal() {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => controller.abort(new Error(`ended by ${signal}`)))
  return controller.signal
}

function giveUp(message) {
  console.error(`run-suite: ${message}`)
  process.exit(2)
}

function excused() {
  try {
    return failuresOf(settings.against)
  } catch (error) {
    return giveUp(`--against ${settings.against}: ${error.message}`)
  }
}

function surroundings({ path, beneath, scratch, abort }) {
  const { built, filter, scale } = settings
  const bound = (options) => ({ onStuck: abort, signal: ending, ...options })
  return {
    ...{ built, filter, scale, path, beneath, scratch, results },
    run: (program, args, options) => command(program, args, bound(options)),
    mustRun: (program, args, options) => mustRun(program, args, bound(options)),
  }
}

function parse() {
  const { values, positionals } = parsed()
  const [suite] = positionals
  const isKnown = Object.hasOwn(SUITES, suite ?? '') && ['fuseloop', 'ext4'].includes(values.on)
  if (!isKnown || values.out === undefined || positionals.length !== 1) {
    console.error(USAGE)
    process.exit(2)
  }
  const settings = {
    on: values.on,
    workers: Number(values.workers),
    transport: values.transport,
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

function parsed() {
  try {
    return parseArgs({ allowPositionals: true, options: OPTIONS })
  } catch (error) {
    return giveUp(`${error.message}\n${USAGE}`)
  }
}
