// The process that mounts: runs all cases on the real kernel, one mount each, and sends what it observes.

import { KERNEL_CASES } from './cases/index.js'
import { observe } from './kernel-case.js'
import { RealClients } from './real-clients.js'
import { RealKernel } from './real-kernel.js'

const [mountpoint = '', filter = ''] = process.argv.slice(2)
const clients = new RealClients(mountpoint)
for (const kernelCase of KERNEL_CASES) {
  if (!kernelCase.name.includes(filter)) continue
  const started = performance.now()
  const observation = await observe(new RealKernel(mountpoint, clients), kernelCase)
  const elapsedMs = Math.round(performance.now() - started)
  process.send?.({ name: kernelCase.name, observation, elapsedMs })
  if (process.send === undefined)
    console.log(JSON.stringify({ name: kernelCase.name, observation, elapsedMs }))
}
clients.close()
process.disconnect?.()
