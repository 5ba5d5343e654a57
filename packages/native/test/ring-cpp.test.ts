// The native side of the ring, without a session.

import { testCpp } from './cpp-test.js'

for (const sanitizers of ['address,undefined', 'thread'])
  testCpp(
    `a ring of any number of slots, with ${sanitizers} sanitizer`,
    'ring/request-ring-test',
    ['ring/request-ring', 'base/system-error'],
    sanitizers,
  )
