// Support of the posix tests: a directory of one's own, errors by code.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AT_FDCWD, close, O_PATH, openat } from '@fuseloop/native/posix'
import type { Test } from 'tap'

/** A directory, open as O_PATH, that goes with the test. */
export function place(t: Test): { path: string; fd: number } {
  const path = mkdtempSync(join(tmpdir(), 'fuseloop-posix-'))
  const fd = openat(AT_FDCWD, path, O_PATH)
  t.teardown(() => {
    close(fd)
    rmSync(path, { recursive: true, force: true })
  })
  return { path, fd }
}

/** The code of what `call` throws; '' if nothing. */
export function codeOf(call: () => unknown): string {
  try {
    call()
    return ''
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}
