// The kernel's switch for FUSE over io_uring: on while the suite runs, and at the end as it was.

import { readFileSync, writeFileSync } from 'node:fs'

const SWITCH = '/sys/module/fuse/parameters/enable_uring'

/**
 * Switches it on where that is needed and permitted.
 * @returns puts it back; idempotent, works synchronously, for the sudden end of the process too
 */
export function switchUringOn(): () => void {
  const before = readSwitch()
  if (before !== 'N' || !writeSwitch('Y')) return () => undefined
  let isBack = false
  return () => {
    if (!isBack) writeSwitch(before)
    isBack = true
  }
}

/** Why nothing can be served by io_uring; undefined where it can. */
export function whyNoUring(): string | undefined {
  const state = readSwitch()
  if (state === undefined) return 'the kernel has no FUSE over io_uring (Linux 6.14)'
  return state === 'Y' ? undefined : `${SWITCH} is off`
}

function readSwitch(): string | undefined {
  try {
    return readFileSync(SWITCH, 'utf8').trim()
  } catch {
    return undefined
  }
}

function writeSwitch(state: string): boolean {
  try {
    writeFileSync(SWITCH, state)
    return true
  } catch {
    return false
  }
}
