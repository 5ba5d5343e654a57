// What the `fuseloop` command takes, and its help. Commander prints help and version only; errors are thrown.

import { CACHE_PROFILES } from '@fuseloop/core/session'
import { Command, Option } from 'commander'
import { parseCount, parseDuration } from '../command/setting-values.js'
import { readVersion } from '../command/version.js'
import { TRANSPORT_SETTINGS } from '../session/transport-choice.js'
import {
  collectInterrupts,
  collectLimit,
  collectMountOptions,
  collectResourceLimit,
  collectSetting,
  collectTimeout,
  type MountArguments,
  type MountFlags,
  mountArguments,
} from './mount-arguments.js'

export interface Actions {
  mount(given: MountArguments): Promise<void>
  unmount(mountpoint: string, lazy: boolean): Promise<void>
}

const MOUNT_HELP = `
A module is a file (written with ./ or /), a package (npm:name, @scope/name) or the name of an
example (hello, loopback). Its options are given by --set.

  fuseloop mount hello /mnt/hello
  fuseloop mount ./notes.ts /mnt/notes --set folder=notes --workers 8 --log notes.log
  fuseloop mount loopback /mnt/data --set source=/data -o ro,fsname=data --foreground

Exits with 0 once the mount answers (with --foreground: once it is unmounted), with 2 when the
command line is wrong, with 74 when the mount is over and written data was lost, else with 1.`

export function createProgram(actions: Actions): Command {
  const program = new Command('fuseloop')
    .description('Mounts filesystems written in JavaScript or TypeScript.')
    .version(readVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  addMount(program, actions)
  program
    .command('unmount')
    .description('unmount a FUSE filesystem; whoever serves it ends')
    .argument('<mountpoint>', 'where it is mounted')
    .option('--lazy', 'leave the tree now, end when the last user is gone')
    .action((mountpoint: string, { lazy }: { lazy?: boolean }) =>
      actions.unmount(mountpoint, lazy === true),
    )
  return program
}

function addMount(program: Command, actions: Actions): void {
  program
    .command('mount')
    .description('serve a filesystem module at a directory, in the background')
    .argument('<module>', 'module file, package or name of an example')
    .argument('<mountpoint>', 'an existing directory')
    .option('--set <key=value>', "an option of the filesystem's own; repeatable", collectSetting)
    .addOption(
      new Option('--loop <loop>', 'one thread, or a pool of workers (default)').choices([
        'single',
        'multi',
      ]),
    )
    .option('--workers <number>', 'threads of loop multi, 1 to 64', (text) =>
      parseCount('--workers', text),
    )
    .addOption(
      new Option('--transport <transport>', 'how requests reach workers (default: auto)').choices(
        TRANSPORT_SETTINGS,
      ),
    )
    .addOption(
      new Option(
        '--cache <profile>',
        "what the kernel may keep (default: the filesystem's)",
      ).choices(Object.keys(CACHE_PROFILES)),
    )
    .addOption(
      new Option(
        '--locks <keeper>',
        "who keeps locks of files (default: the filesystem's, or the kernel)",
      ).choices(['kernel', 'session']),
    )
    .option(
      '-o, --options <list>',
      'mount options such as ro,allow_other,fsname=x; repeatable',
      collectMountOptions,
    )
    .option(
      '--timeout <time>',
      'how long a client waits for an answer: 30s, or read=5s for one operation; repeatable',
      collectTimeout,
    )
    .option('--timeout-code <code>', 'what it then gets (default: ETIMEDOUT)')
    .option(
      '--interrupts <policy>',
      "what a client's signal does: ignore, signal, cancel, answer, or read=answer; repeatable",
      collectInterrupts,
    )
    .option(
      '--limit <name=size>',
      'a size or number that INIT settles, such as maxWrite=128K; repeatable',
      collectLimit,
    )
    .option('--max-nodes <number>', 'have the kernel forget unused nodes beyond these', (text) =>
      parseCount('--max-nodes', text),
    )
    .option('--max-restarts <number>', 'workers that may be replaced within a minute', (text) =>
      parseCount('--max-restarts', text),
    )
    .option(
      '--resource-limit <name=size>',
      'of each worker: heap=256M, youngHeap, code, stack; repeatable',
      collectResourceLimit,
    )
    .option('--remember-nodes <number>', 'nodes to keep when the kernel forgets them', (text) =>
      parseCount('--remember-nodes', text),
    )
    .option(
      '--ready-timeout <time>',
      'how long the mount may take to answer (default: 10s)',
      (text) => parseDuration('--ready-timeout', text),
    )
    .option('--mount-helper <program>', 'mounts where this user may not (default: fusermount3)')
    .option('-f, --foreground', 'stay here until Ctrl-C or unmounted')
    .option('-d, --debug', 'as --foreground, and a line for each request')
    .option('--log <file>', 'where the background process appends what it has to say')
    .addHelpText('after', MOUNT_HELP)
    .action((module: string, mountpoint: string, flags: MountFlags) =>
      actions.mount(mountArguments(module, mountpoint, flags)),
    )
}
