// What every refusal of the command has in common.

import t, { type Test } from 'tap'
import { CommandPlace, type CommandResult } from './command-place.js'

/** Fails the test unless the command said one line to stderr, nothing else, and nothing is mounted. */
export async function checkRefusal(
  t: Test,
  place: CommandPlace,
  result: CommandResult,
  code: number,
  line: RegExp,
): Promise<void> {
  t.match(result.stderr, line)
  t.match(result.stderr, /^fuseloop: [^\n]+\n$/, 'it is one line')
  t.notMatch(result.stderr, /^\s+at |node:internal/m, 'it has no stack')
  t.equal(result.stdout, '')
  t.equal(result.code, code, 'exit code')
  await place.isGone()
}

/** A test: refused in the background by workers, and in the foreground by the only thread. */
export function refusal(
  name: string,
  [module = '', ...options]: readonly string[],
  code: number,
  line: RegExp,
  prepare: (place: CommandPlace) => unknown = () => undefined,
): void {
  void t.test(name, async (t) => {
    const place = CommandPlace.make(t)
    prepare(place)
    const mount = [module, 'mnt', ...options]
    const background = place.fuseloop('mount', '--workers', '1', ...mount)
    const foreground = place.fuseloop('mount', '-f', '--loop', 'single', ...mount)
    for (const result of await Promise.all([background, foreground]))
      await checkRefusal(t, place, result, code, line)
  })
}
