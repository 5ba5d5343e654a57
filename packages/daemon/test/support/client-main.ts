// A client process of a mount: runs one function of a test and reports its outcome over IPC.

import { perform, type SentCall, TOOLS } from './sent-function.js'

process.once('message', (call) => {
  void perform(call as SentCall, TOOLS).then((outcome) => {
    // What the function has left open must not keep the process.
    process.send?.(outcome, undefined, undefined, () => process.exit())
  })
})
