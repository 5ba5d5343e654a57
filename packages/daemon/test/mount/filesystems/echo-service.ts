// A `services` object of mount(): lives on the mounting process's main thread.

let calls = 0

export default {
  double: (value: number): number => value * 2,
  countCalls: (): number => {
    calls += 1
    return calls
  },
  fail: (): never => {
    throw new Error('the service fails')
  },
}
