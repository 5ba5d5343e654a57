// `npm start`: mounts the loopback example, has everyday programs work on it, shows what was served.
// The mount is touched by child processes only: a main thread that waits for its own mount cannot help it.

import { parseArgs } from 'node:util'
import { dismantle, explainFailure, mountLoopback } from './demo/demo-mount.mjs'
import { createPlace, removePlace } from './demo/place.mjs'
import { ProgramHang } from './demo/programs.mjs'
import { describeKeep, describeStatus, runStep } from './demo/report.mjs'
import { findMissing } from './demo/requirements.mjs'
import { demoSteps } from './demo/steps.mjs'
import { createTestData } from './demo/test-data.mjs'

const workers = 4
const help = `Usage: npm start [-- OPTION]

Mounts the loopback example on a temporary directory, has cp, tar, git, sha256sum,
ls and rm work on it, compares all contents, and shows what was served.

  --keep   leave it mounted afterwards, until Ctrl-C
  --help   this text

Exits with 0 when all went well, else with 1; with 130 when interrupted.`

const options = readOptions()
if (options.help) console.log(help)
else if (options.problem) refuse(options.problem)
else await main()

function readOptions() {
  const known = { keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }
  try {
    return parseArgs({ options: known }).values
  } catch (error) {
    return { problem: `${error.message.split('. ', 1)[0]}; try npm start -- --help` }
  }
}

function refuse(problem) {
  console.error(`start: ${problem}`)
  process.exitCode = 1
}

async function main() {
  const missing = await findMissing()
  if (missing) return refuse(missing)
  const interruption = listenForSignals()
  const place = await createPlace()
  const state = { session: undefined }
  try {
    await demonstrate(place, state, interruption)
  } catch (error) {
    process.exitCode = interruption.signal.aborted ? 130 : 1
    if (interruption.signal.aborted) console.log('interrupted')
    else console.error(explainFailure(error, state.session))
    state.isStuck = error.cause instanceof ProgramHang
  }
  await tidyUp(place, state)
  interruption.stopListening()
  // What a stuck program held on to would keep this process alive.
  if (state.isStuck) process.exit()
}

async function demonstrate(place, state, interruption) {
  const { signal } = interruption
  const data = await createTestData(place)
  console.log(`fuseloop: the loopback example, served by ${workers} worker threads\n`)
  await runStep('mount', signal, async () => {
    state.session = await mountLoopback(place, workers)
    interruption.onRepeat = () => void state.session.abort()
    return place.mountpoint
  })
  for (const { name, run } of demoSteps(place, data, signal)) await runStep(name, signal, run)
  console.log(`\n${describeStatus(state.session.status())}`)
  if (options.keep) await keepMounted(place, state.session, signal)
}

async function keepMounted(place, session, signal) {
  console.log(`\n${describeKeep(place)}`)
  const interrupted = new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
  const end = await Promise.race([interrupted, session.closed])
  if (end) console.log(`\nended from outside: ${end.reason}`)
}

/** Says so when something cannot be undone, and goes on with the rest. */
async function tidyUp(place, { session, isStuck }) {
  try {
    await dismantle(session, isStuck)
    await removePlace(place)
    if (session) console.log('\nunmounted, temporary directories removed')
  } catch (error) {
    refuse(`cannot tidy up ${place.base}: ${error.message}`)
  }
}

function listenForSignals() {
  const controller = new AbortController()
  const interruption = { signal: controller.signal, onRepeat: () => undefined }
  let firstAt = 0
  const onSignal = () => {
    // npm passes a Ctrl-C on that the terminal has delivered already.
    if (controller.signal.aborted && Date.now() - firstAt > 500) interruption.onRepeat()
    if (controller.signal.aborted) return
    firstAt = Date.now()
    controller.abort()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const name of signals) process.on(name, onSignal)
  interruption.stopListening = () => {
    for (const name of signals) process.removeListener(name, onSignal)
  }
  return interruption
}
