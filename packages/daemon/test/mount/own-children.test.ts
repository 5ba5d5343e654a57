// Processes that the mounting process starts: they may work on its mount from the start, and none keeps it alive.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { testMount, testMountInAllLoops } from '../support/mount-test.js'
import { waitUntil } from '../support/wait-until.js'

testMount(
  'a child may start in the mount, with files of it as its input and output',
  { filesystem: 'loopback', workers: 2 },
  async (t, mounted) => {
    writeFileSync(join(mounted.source, 'input'), 'text')
    // The main thread waits for the child, which enters the mount before its exec.
    const seen = await mounted.inDaemon(({ fs, childProcess }, folder) => {
      const input = fs.openSync(`${folder}/input`, 'r')
      const output = fs.openSync(`${folder}/output`, 'w')
      const { status, error } = childProcess.spawnSync('sh', ['-c', 'cat; cat input; pwd'], {
        cwd: folder,
        stdio: [input, output, 'ignore'],
      })
      for (const file of [input, output]) fs.closeSync(file)
      return { status, error: error?.message }
    }, mounted.mountpoint)
    t.match(seen, { status: 0, error: undefined })
    const output = readFileSync(join(mounted.source, 'output'), 'utf8')
    t.equal(output, `texttext${mounted.mountpoint}\n`)
  },
)

testMountInAllLoops(
  'a child that lives on does not keep the connection of a killed daemon open',
  { filesystem: 'hello' },
  async (t, mounted) => {
    const child = await mounted.inDaemon(
      ({ childProcess }) => childProcess.spawn('sleep', ['60'], { stdio: 'ignore' }).pid ?? 0,
    )
    mounted.daemon.kill('SIGKILL')
    await mounted.daemon.ended
    t.doesNotThrow(() => process.kill(child, 0), 'the child lives')
    await waitUntil('the mount is dead', async () => {
      const { stderr } = await mounted.attempt('stat', [mounted.mountpoint])
      return stderr.includes('Transport endpoint is not connected')
    })
  },
)
