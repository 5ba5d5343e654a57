import { servePool } from '@fuseloop/daemon/testing'
import t from 'tap'

t.test('a pool of 16 workers starts and ends without a warning of Node', async (t) => {
  const warnings: Error[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  t.teardown(() => process.removeListener('warning', note))
  const pool = await servePool('hello', { workers: 16 })
  t.equal(pool.status().workers.filter(({ alive }) => alive).length, 16)
  await pool.close()
  // Warnings are emitted from the next tick.
  await new Promise((resolve) => setImmediate(resolve))
  t.same(warnings, [])
})
