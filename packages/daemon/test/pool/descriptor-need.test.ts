import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { checkDescriptors, descriptorsAreScarce } from '../../dist/pool/descriptor-need.js'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
/** Serves `hello` by 4 workers, reads nothing, and ends. */
const SERVE = `
  const { servePool } = await import('@fuseloop/daemon/testing')
  const served = await servePool('hello', { workers: Number(process.argv[1]) })
  console.log(served.status().workers.filter(({ alive }) => alive).length)
  await served.close()`

function serveWithin(limit: number, workers: number): { stdout: string; stderr: string } {
  const command = `ulimit -n ${limit}; exec "$0" --input-type=module -e "$1" ${workers}`
  // A program given by -e imports from where it runs.
  const options = { cwd: PACKAGE, encoding: 'utf8', timeout: 200_000 } as const
  return spawnSync('bash', ['-c', command, process.execPath, SERVE], options)
}

t.setTimeout(600_000)

t.test('four workers start and serve within 64 descriptors', async (t) => {
  const { stdout, stderr } = serveWithin(64, 4)
  t.equal(stdout, '4\n', stderr)
})

t.test('sixteen are refused there, in one line that says what they need', async (t) => {
  const { stderr } = serveWithin(64, 16)
  t.match(stderr, /16 worker\(s\) need \d+ file descriptors, and ulimit -n allows 64; raise it/)
})

t.test('what is open counts, and so does each worker', async (t) => {
  t.doesNotThrow(() => checkDescriptors(4, 64, 36))
  t.throws(() => checkDescriptors(4, 64, 37), { code: 'ERR_FUSE_USAGE', message: /need 65 file/ })
  t.ok(descriptorsAreScarce(4, 64))
  t.notOk(descriptorsAreScarce(4, 1024))
})
