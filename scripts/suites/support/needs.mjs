// What must be there before a suite is begun.

import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/**
 * @param {string[]} programs absolute paths, or names that are looked for as a shell does
 * @returns {string | undefined} what to say of the first that is missing
 */
export function whatIsMissing(programs) {
  const folders = process.env.PATH.split(':')
  const isThere = (program) =>
    isAbsolute(program)
      ? existsSync(program)
      : folders.some((folder) => existsSync(join(folder, program)))
  const missing = programs.find((program) => !isThere(program))
  if (missing === undefined) return undefined
  return isAbsolute(missing)
    ? `${missing} is not there; docs/suites.md says how to build it and what --dir is`
    : `${missing} is not installed; docs/suites.md names Debian's packages`
}
