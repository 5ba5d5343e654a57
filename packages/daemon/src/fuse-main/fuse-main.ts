// fuseMain(): gives a filesystem a command of its own, with the conventions of libfuse's fuse_main().

import { realpathSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readSettings } from '@fuseloop/core'
import { debugStack, type Failure, failureOf, printFailure, usage } from '../command/failure.js'
import type { MountOrder } from '../command/mount-order.js'
import { runMount } from '../command/run-mount.js'
import { importDefinition, locateModule } from '../pool/module-loader.js'
import { EXIT_CODE_LOST } from '../session/session-end.js'
import { readArguments } from './arguments.js'
import type { Choices } from './choices.js'
import { readCommandLine } from './command-line.js'
import { helpText, versionText } from './usage.js'

/** How a command of its own presents a filesystem. */
export interface FuseMainSettings {
  /** Of the program, in what it says and as the mount's type and source; the script's own if absent. */
  readonly name?: string
  /**
   * The filesystem's option that a first operand sets: the command is then `prog [options] <source> <mountpoint>`,
   * which is also how mount(8) calls it for `mount -t fuse.prog source mountpoint`.
   */
  readonly source?: string
}

/**
 * Runs a command line of a filesystem's own command: `prog [options] <mountpoint>`. It goes to the background once the
 * mount answers, unless -f or -d keep it here until it is unmounted. Call it from a script of its own:
 * `process.exit(await fuseMain(new URL('./notes.js', import.meta.url)))`.
 * @param filesystem the module, by URL, or as mount() takes it; workers import it, so it is not the script itself
 * @param argv node, script and arguments, as process.argv
 * @returns the exit status, with libfuse's numbers (docs/command.md); never rejects
 */
export async function fuseMain(
  filesystem: string | URL,
  argv: readonly string[] = process.argv,
  settings: FuseMainSettings = {},
): Promise<number> {
  const program = settings.name ?? programName(argv[1])
  const stop = (code: number, failure: Pick<Failure, 'message'>): number => {
    printFailure(program, failure)
    return code
  }
  // What is wrong with the command line's own form is 1; what the mount then refuses is 3, as unknown options are.
  let usageCode = 1
  try {
    const module = moduleOf(filesystem, argv[1])
    const { options: schema } = await importDefinition(
      await locateModule(module, process.cwd()),
      module,
    )
    const { choices, operands, unknown } = readCommandLine(readArguments(argv.slice(2)), schema)
    const form =
      settings.source === undefined ? '<mountpoint>' : `<${settings.source}> <mountpoint>`
    if (choices.help) return print(helpText(program, schema, form))
    if (choices.version) return print(versionText())
    const mountpoint = takeMountpoint(operands, choices, settings.source)
    if (mountpoint === undefined)
      return stop(2, { message: `no mountpoint given; see ${program} -h` })
    readSettings(schema, choices.set, process.cwd())
    if (unknown.length > 0) return stop(3, { message: `unknown option '${unknown.join("', '")}'` })
    usageCode = 3
    const order = orderOf(program, module, mountpoint, choices, settings.source)
    const { foreground, logFile } = choices
    const fail = (failure: Failure): number => stop(exitCode(failure, usageCode), failure)
    const code = await runMount(order, { foreground, logFile, fail })
    if (code === 0 || !foreground) return code
    return code === EXIT_CODE_LOST ? code : ENDED_BY_FORCE
  } catch (error) {
    debugStack(error)
    const failure = failureOf(error)
    return stop(exitCode(failure, usageCode), failure)
  }
}

/** lib/helper.c fuse_main_real_versioned(): the loop has failed. */
const ENDED_BY_FORCE = 8

function exitCode({ kind }: Failure, usageCode: number): number {
  return kind === 'usage' ? usageCode : EXIT_CODES[kind]
}

/** As of lib/helper.c: a bad mountpoint, no filesystem to serve, no mount, no background process. */
const EXIT_CODES = { mountpoint: 1, filesystem: 3, mount: 4, start: 5 } as const

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

function programName(script = 'fuseloop'): string {
  return basename(script).replace(/\.[cm]?[jt]s$/, '')
}

/** @throws FuseError ERR_FUSE_USAGE where each worker would run the command again */
function moduleOf(filesystem: string | URL, script: string | undefined): string {
  const given = String(filesystem)
  const module = given.startsWith('file:') ? fileURLToPath(given) : given
  if (script !== undefined && module === realpathSync(script)) {
    throw usage(`${module} is the command itself; the filesystem must be a module of its own`)
  }
  return module
}

/** Undefined if there is none. @throws FuseError ERR_FUSE_USAGE for an operand too many */
function takeMountpoint(
  operands: readonly string[],
  { set }: Choices,
  source: string | undefined,
): string | undefined {
  const rest = [...operands]
  if (source !== undefined && rest.length > 1) set[source] = rest.shift() as string
  const [mountpoint, surplus] = rest
  if (surplus !== undefined) throw usage(`invalid argument '${surplus}'`)
  return mountpoint
}

function orderOf(
  program: string,
  filesystem: string,
  mountpoint: string,
  choices: Choices,
  source: string | undefined,
): MountOrder {
  const { mountOptions, ...settings } = choices.mountSettings()
  const given = source === undefined ? undefined : choices.set[source]
  const fsname = typeof given === 'string' ? given : program
  return {
    program,
    filesystem,
    mountpoint,
    settings: { ...settings, mountOptions: { fsname, subtype: program, ...mountOptions } },
  }
}
