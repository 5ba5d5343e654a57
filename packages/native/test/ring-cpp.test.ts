// The native side of the ring, and of waking its workers, without a session.

import { testCpp } from './cpp-test.js'

for (const sanitizers of ['address,undefined', 'thread']) {
  testCpp(
    `a ring of any number of slots, with ${sanitizers} sanitizer`,
    'ring/request-ring-test',
    ['ring/request-ring', 'base/system-error'],
    sanitizers,
  )
  testCpp(
    `what wakes workers, with ${sanitizers} sanitizer`,
    'device/worker-bells-test',
    ['device/worker-bells', 'ring/request-ring', 'base/system-error'],
    sanitizers,
  )
  testCpp(
    `deadlines, and who is stuck, with ${sanitizers} sanitizer`,
    'device/watchdog-test',
    [
      'device/watchdog',
      'device/reply-writer',
      'device/worker-bells',
      'node/lock-manager',
      'node/held-locks',
      'ring/request-ring',
      'base/system-error',
    ],
    sanitizers,
  )
}
