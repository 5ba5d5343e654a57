// What a handler can do wrong, by the name of the file that makes it do so.

import { setTimeout as delay } from 'node:timers/promises'
import { FsError } from '@fuseloop/core'

/** What a fault has to work with. */
interface FaultContext {
  /** Lent to the handler, if its operation has one. */
  readonly buffer: Buffer | undefined
  /** Of the option `delay`, in ms. */
  readonly delayMs: number
  /** What the handler would have given. */
  readonly answer: unknown
}

export interface Fault {
  /** One line for the README. */
  readonly description: string
  /** Its outcome takes the place of the handler's. */
  readonly run: (given: FaultContext) => unknown
}

const never = (): Promise<never> => new Promise<never>(() => undefined)

/** Not answered, as what comes next ends the worker. */
function andThen(end: () => void): Promise<never> {
  setImmediate(end)
  return never()
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  fail: {
    description: 'fails as a handler should: EACCES',
    run: () => {
      throw new FsError('EACCES')
    },
  },
  throw: {
    description: 'throws what is no errno',
    run: () => {
      throw new Error('a fault by request')
    },
  },
  reject: {
    description: 'rejects its promise with what is no errno',
    run: () => Promise.reject(new Error('a fault by request')),
  },
  junk: { description: 'returns what no operation takes', run: () => Symbol('junk') },
  'too-much': {
    description: 'returns more than it was asked for',
    run: ({ buffer }) => (buffer?.length ?? 0) + 1,
  },
  late: {
    description: 'answers after `delay`',
    run: ({ delayMs, answer }) => delay(delayMs, answer),
  },
  'late-write': {
    description: 'answers after `delay`, and then writes into the buffer that it was lent before',
    run: async ({ delayMs, answer, buffer }) => {
      await delay(delayMs)
      setTimeout(() => buffer?.fill('!'), 1)
      return answer
    },
  },
  block: {
    description: 'blocks its worker for `delay`',
    run: ({ delayMs, answer }) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs)
      return answer
    },
  },
  hang: { description: 'never answers', run: never },
  loop: {
    description: 'never returns',
    run: () => {
      for (;;);
    },
  },
  exit: { description: 'ends its worker: process.exit()', run: () => process.exit(1) },
  'throw-outside': {
    description: 'ends its worker: an exception that nobody catches',
    run: () =>
      andThen(() => {
        throw new Error('a fault by request')
      }),
  },
  'reject-outside': {
    description: 'ends its worker: a rejection that nobody handles',
    run: () => andThen(() => void Promise.reject(new Error('a fault by request'))),
  },
  'out-of-memory': {
    description: 'ends its worker: more memory than its limit allows',
    run: () => {
      const kept: unknown[] = []
      for (;;) kept.push(new Array(1000).fill(kept.length))
    },
  },
}
