import { readFileSync } from 'node:fs'

/** USER_HZ, which proc(5) counts in: 100 on all architectures that node runs on. */
const TICK_US = 10_000

/** CPU time that a process has used since it started, threads that have ended included; to 10 ms. */
export function readCpuUs(pid: number): number {
  const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // utime and stime; the name in parentheses may hold anything.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}
