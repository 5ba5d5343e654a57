// mount.fuse.fuseloop: what mount(8) and fstab(5) call for type fuse.fuseloop. SPEC is the module, options are as
// those of fuseMain(), and exit codes those that mount(8) expects of a helper.

import { readSettings } from '@fuseloop/core'
import { debugStack, type Failure, failureOf, printFailure } from '../command/failure.js'
import { runMount } from '../command/run-mount.js'
import type { Choices } from '../fuse-main/choices.js'
import { readCommandLine } from '../fuse-main/command-line.js'
import { splitMountOptions } from '../mount/mount-options.js'
import { importDefinition, locateModule } from '../pool/module-loader.js'
import { type MountSettings, planSession } from '../session/session-plan.js'
import { type HelperArguments, readHelperArguments } from './helper-arguments.js'
import { switchUser } from './switch-user.js'

const PROGRAM = 'mount.fuse.fuseloop'

/** @param words without node and script @returns the exit code */
export async function main(words: readonly string[]): Promise<number> {
  try {
    const given = readHelperArguments(words)
    if (given.user !== undefined) switchUser(given.user)
    return await mountFor(given)
  } catch (error) {
    debugStack(error)
    return fail(failureOf(error))
  }
}

/** mount(8), EXIT STATUS: incorrect invocation, or mount failure. */
function fail(failure: Failure): number {
  printFailure(PROGRAM, failure)
  return failure.kind === 'usage' ? 1 : 32
}

async function mountFor(given: HelperArguments): Promise<number> {
  const { module, mountpoint } = given
  const url = await locateModule(module, process.cwd())
  const { options: schema } = await importDefinition(url, module)
  const { choices } = readCommandLine(given.options, schema)
  readSettings(schema, choices.set, process.cwd())
  if (given.sloppy) dropUnknown(choices)
  const { foreground, logFile } = choices
  const order = {
    program: 'fuseloop',
    filesystem: module,
    mountpoint,
    settings: settingsOf(choices),
  }
  if (given.fake) {
    planSession(module, mountpoint, order.settings)
    return 0
  }
  const code = await runMount(order, { foreground, logFile, fail })
  if (code === 0 && given.verbose)
    process.stdout.write(`${PROGRAM}: ${module} mounted on ${mountpoint}\n`)
  return code
}

/** Of `defaults` (mount(8)) dev and suid are root's to give; a mount that says nothing has neither. */
function settingsOf(choices: Choices): MountSettings {
  const { mountOptions, ...settings } = choices.mountSettings()
  const byRoot = process.getuid?.() === 0
  const has = (name: string): boolean =>
    mountOptions !== undefined && Object.hasOwn(mountOptions, name)
  return {
    ...settings,
    mountOptions: {
      ...(byRoot && !has('nodev') && { dev: true }),
      ...(byRoot && !has('nosuid') && { suid: true }),
      ...mountOptions,
    },
  }
}

function dropUnknown({ mountOptions }: Choices): void {
  for (const [name, value] of Object.entries(mountOptions)) {
    try {
      splitMountOptions({ [name]: value })
    } catch {
      delete mountOptions[name]
    }
  }
}
