// What processes are doing, for the message of a test that hangs.

import { readdirSync, readFileSync } from 'node:fs'

/** What the threads of each process wait in. */
export function dumpProcesses(pids: readonly number[]): string {
  return pids.flatMap(dumpThreads).join('\n')
}

/** All processes of a process group. */
export function groupMembers(group: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && Number(statFields(pid)?.[2]) === group)
}

function dumpThreads(pid: number): string[] {
  const threads = attempt(() => readdirSync(`/proc/${pid}/task`)) ?? []
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 120)
  const counts = new Map<string, number>()
  for (const thread of threads) {
    const line = dumpThread(`/proc/${pid}/task/${thread}`)
    counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  const lines = [...counts].map(([line, count]) => `  ${count} x ${line}`)
  return [`pid ${pid}: ${command}`, ...lines]
}

/** Name, state, wait channel; the kernel's stack of what waits for a filesystem. */
function dumpThread(folder: string): string {
  const state = /\) (\S)/.exec(read(`${folder}/stat`))?.[1]
  const stack = read(`${folder}/stack`).trim().replaceAll('\n', ' < ')
  const line = `${read(`${folder}/comm`).trim()} ${state} ${read(`${folder}/wchan`)}`
  return state === 'D' || stack.includes('fuse') ? `${line} ${stack.slice(0, 500)}` : line
}

/** Fields of /proc/PID/stat from the state on (proc(5)): the name before them may hold anything. */
function statFields(pid: number): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`)
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function read(path: string): string {
  return attempt(() => readFileSync(path, 'utf8')) ?? ''
}

function attempt<V>(action: () => V): V | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
