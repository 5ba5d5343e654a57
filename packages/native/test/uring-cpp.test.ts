// The parts of io_uring's transport that need no kernel.

import { testCpp } from './cpp-test.js'

testCpp(
  'each of the kernel’s queues has a worker, however many there are',
  'uring/queue-plan-test',
  ['uring/queue-plan', 'base/system-error'],
)

/** What the exchange of entries consists of. */
const EXCHANGE = [
  ...[
    'entry-exchange',
    'entry-table',
    'io-uring',
    'queue-plan',
    'ring-registry',
    'worker-ring',
  ].map((name) => `uring/${name}`),
  'device/worker-bells',
  'ring/request-ring',
  'base/system-error',
]

testCpp(
  'entries leave a slot to each request, and some entries are left by those that wait for locks',
  'uring/entry-exchange-test',
  EXCHANGE,
)

testCpp(
  'no request waits in the kernel while an entry of its queue is idle',
  'uring/queue-relief-test',
  [...EXCHANGE, 'uring/queue-relief'],
)

testCpp('files that the kernel has cached are found', 'uring/cached-files-test', [
  'uring/cached-files',
  ...['node-table', 'node-table-names', 'open-file-table'].map((name) => `node/${name}`),
  'base/system-error',
])
