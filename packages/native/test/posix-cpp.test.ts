// What the calls of posix/ keep for all threads.

import { testCpp } from './cpp-test.js'

for (const sanitizers of ['address,undefined', 'thread'])
  testCpp(
    `who asks about a file that is closed meanwhile is told of no other one, with ${sanitizers} sanitizer`,
    'posix/shared-files-test',
    ['posix/shared-files', 'base/system-error'],
    sanitizers,
  )
