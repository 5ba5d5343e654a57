// What processes are doing, for the message of a test that hangs.

import { readdirSync, readFileSync } from 'node:fs'

/** State, wait channel and kernel stack of each thread of each process. */
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
  return [`pid ${pid}: ${command}`, ...threads.map((thread) => dumpThread(pid, thread))]
}

function dumpThread(pid: number, thread: string): string {
  const folder = `/proc/${pid}/task/${thread}`
  const state = /\) (\S)/.exec(read(`${folder}/stat`))?.[1]
  const stack = read(`${folder}/stack`).trim().replaceAll('\n', ' < ').slice(0, 300)
  return `  ${thread} ${read(`${folder}/comm`).trim()} ${state} ${read(`${folder}/wchan`)} ${stack}`
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
