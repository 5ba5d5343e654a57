// What mount(8) gives a helper: SPEC DIR [-sfnv] [-N namespace] [-o options] [-t type.subtype] (mount(8), EXTERNAL
// HELPERS).

import { usage } from '../command/failure.js'
import { type Argument, readArguments } from '../fuse-main/arguments.js'
import { splitOption } from '../mount/option-list.js'

export interface HelperArguments {
  readonly module: string
  readonly mountpoint: string
  /** All but those that stand here by themselves. */
  readonly options: readonly Argument[]
  /** Name of the user to serve as. */
  readonly user: string | undefined
  /** -f: do all but the mount. */
  readonly fake: boolean
  /** -s: unknown options are left out. */
  readonly sloppy: boolean
  /** -v */
  readonly verbose: boolean
}

const USAGE =
  'expected SPEC DIR [-sfnv] [-o OPTIONS], as mount -t fuse.fuseloop SPEC DIR calls it; SPEC is a module'

/** @throws FuseError ERR_FUSE_USAGE */
export function readHelperArguments(words: readonly string[]): HelperArguments {
  const [module = '', mountpoint = '', ...rest] = words
  if (module === '' || mountpoint === '' || module.startsWith('-')) throw usage(USAGE)
  const lists: string[] = []
  let letters = ''
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] as string
    if (word === '-o' || word === '-t') {
      at += 1
      if (word === '-o') lists.push('-o', rest[at] ?? '')
    } else if (/^-[sfnv]+$/.test(word)) letters += word.slice(1)
    else throw usage(word === '-N' ? '-N: mount in another namespace by nsenter(1)' : USAGE)
  }
  const given = readArguments(lists)
  const has = (name: string): boolean => given.some(({ text }) => text === name)
  if (has('remount'))
    throw usage(`remount is not for whoever serves it: mount -i -o remount,... ${mountpoint}`)
  const users = given.filter(({ text }) => text.startsWith('setuid='))
  return {
    module,
    mountpoint,
    options: given.filter((option) => !users.includes(option)),
    user: users.map(({ text }) => splitOption(text)[1]).at(-1),
    fake: letters.includes('f'),
    sloppy: letters.includes('s'),
    verbose: letters.includes('v'),
  }
}
