// The table of workloads. Names are stable: figures of different releases are compared by them.

import type { ClientWork, PlacementName, Workload } from './workload.js'

const KIB = 1024
const BOTH = ['trivial', 'directory'] as const
const TRIVIAL = ['trivial'] as const
const ENDPOINT = ['endpoint'] as const
const SCALING_SYNC = { scaling: true, handlers: 'sync' } as const

interface Options {
  readonly quick?: boolean
  readonly scaling?: boolean
  readonly serves?: Workload['serves']
  readonly handlers?: Workload['handlers']
  readonly placement?: PlacementName
  readonly kind?: Workload['kind']
  readonly warmups?: number
  readonly set?: Workload['set']
}

const FSTAT = 'fstat(2) of an open file: GETATTR'
const STAT = 'stat(2) of a name: LOOKUP and GETATTR'
const OPEN = 'open(2), a read of 4 KiB, close(2)'
const READ_4K = 'a direct read of 4 KiB at a random place'
const CREATE = 'open(2) with O_CREAT, a write of 4 KiB, close(2), unlink(2)'
const LIST = '`ls -l` of 10,000 files'
const BLOCK = 'a read whose handler blocks its thread for 1 ms'
const AWAIT = 'a read whose handler waits 1 ms: awaits a timer, or blocks where it cannot'
const BURN = 'a read whose handler computes for 100 us'

/** All there are, in the order in which they run and are shown. */
export const ALL_WORKLOADS: readonly Workload[] = [
  row('getattr-1', FSTAT, work('fstat', 1), { serves: BOTH }),
  row('getattr-4', FSTAT, work('fstat', 4), { serves: BOTH, quick: true, scaling: true }),
  row('getattr-1-samecpu', FSTAT, work('fstat', 1), { placement: 'samecpu', quick: true }),
  row('getattr-1-ownsession', FSTAT, work('fstat', 1), { placement: 'ownsession' }),
  row('getattr-1-nice', FSTAT, work('fstat', 1), { placement: 'nice' }),
  row('stat-1', STAT, work('stat', 1)),
  row('stat-4', STAT, work('stat', 4), { quick: true }),
  row('open-1', OPEN, work('open', 1)),
  row('open-4', OPEN, work('open', 4), { serves: BOTH }),
  row('read4k-1', READ_4K, work('read-random', 1)),
  row('read4k-4', READ_4K, work('read-random', 4), { serves: BOTH, quick: true }),
  row('read4k-16', READ_4K, work('read-random', 16), { quick: true }),
  row('read4k-1-samecpu', READ_4K, work('read-random', 1), { placement: 'samecpu' }),
  row('read4k-1-ownsession', READ_4K, work('read-random', 1), { placement: 'ownsession' }),
  row('read4k-1-nice', READ_4K, work('read-random', 1), { placement: 'nice' }),
  ...[128, 1024].flatMap((kib) => [
    row(`read${sizeName(kib)}-1`, `the next ${kib} KiB of a file, read`, sequential('read', kib), {
      serves: BOTH,
      quick: kib === 128,
    }),
    row(
      `write${sizeName(kib)}-1`,
      `the next ${kib} KiB of a file, written`,
      sequential('write', kib),
      {
        serves: BOTH,
      },
    ),
  ]),
  row('create-1', CREATE, work('create', 1), { warmups: 5 }),
  row('create-4', CREATE, work('create', 4), { serves: BOTH, quick: true, warmups: 5 }),
  row('ls-10000', LIST, work('list', 1, 'many'), { serves: BOTH }),
  row('block1ms-16', BLOCK, work('read-random', 16, 'block1ms'), { ...SCALING_SYNC, quick: true }),
  row('block1ms-64', BLOCK, work('read-random', 64, 'block1ms'), SCALING_SYNC),
  row('await1ms-16', AWAIT, work('read-random', 16, 'await1ms'), {
    scaling: true,
    handlers: 'async',
  }),
  row('await1ms-64', AWAIT, work('read-random', 64, 'await1ms'), {
    scaling: true,
    handlers: 'async',
    quick: true,
  }),
  row('cpu100us-1', BURN, work('read-random', 1, 'cpu100us'), SCALING_SYNC),
  row('cpu100us-2', BURN, work('read-random', 2, 'cpu100us'), SCALING_SYNC),
  row('cpu100us-4', BURN, work('read-random', 4, 'cpu100us'), { ...SCALING_SYNC, quick: true }),
  row('stuck-12', 'stat(2), while the handler of another request is stuck', work('stat', 12), {
    kind: 'stuck',
    quick: true,
  }),
  row('start-1', 'from starting the daemon to its first answer', work('stat', 1), {
    kind: 'start',
    serves: BOTH,
  }),
  row('idle-1', 'a second of doing nothing', work('idle', 1), {
    kind: 'idle',
    quick: true,
    serves: BOTH,
  }),
  endpoint('endpoint-getattr', 'GETATTR without a kernel, answered at once'),
  endpoint('endpoint-cpu20us', 'the same by a handler that computes for 20 us', {
    computeUs: '20',
  }),
  endpoint('endpoint-block1ms', 'the same by a handler that blocks for 1 ms', { block: '1ms' }),
]

/** 32 requests in flight. */
function endpoint(name: string, title: string, set: Workload['set'] = {}): Workload {
  const options = { kind: 'endpoint', scaling: true, serves: ENDPOINT, set } as const
  return row(name, title, work('fstat', 32), options)
}

function row(name: string, title: string, clientWork: ClientWork, options: Options = {}): Workload {
  return {
    name,
    title,
    kind: options.kind ?? 'clients',
    work: clientWork,
    set: options.set ?? {},
    placement: options.placement ?? 'free',
    warmups: options.warmups ?? 1,
    isQuick: options.quick ?? false,
    isScaling: options.scaling ?? false,
    serves: options.serves ?? TRIVIAL,
    handlers: options.handlers ?? 'any',
  }
}

function work(action: ClientWork['action'], threads: number, file = 'data'): ClientWork {
  return { action, file, threads, size: 4 * KIB }
}

function sequential(what: 'read' | 'write', kib: number): ClientWork {
  return { ...work(`${what}-sequential`, 1), size: kib * KIB }
}

function sizeName(kib: number): string {
  return kib < 1024 ? `${kib}k` : `${kib / 1024}m`
}
