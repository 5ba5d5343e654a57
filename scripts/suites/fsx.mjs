// fsx (xfstests): random operations on one file, each compared with a copy in memory. A variant is a way to do I/O.
// At the end the mount and what is beneath must hold the same bytes.

import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const OPERATIONS = 100_000
const ALIGNED = ['-r', '4096', '-w', '4096', '-t', '4096']
const DIRECT = ['-Z', ...ALIGNED]
const NO_MMAP = ['-R', '-W']

const VARIANTS = {
  plain: [],
  'no mmap': NO_MMAP,
  direct: [...DIRECT, ...NO_MMAP],
  'direct with mmap': DIRECT,
  aio: ['-A'],
  'aio direct': ['-A', ...DIRECT, ...NO_MMAP],
  io_uring: ['-U'],
  'io_uring direct': ['-U', ...DIRECT, ...NO_MMAP],
  // Each time it drops all caches of the machine.
  reopening: ['-c', '200'],
  flushing: ['-f'],
  synchronized: ['-y'],
  'polluted end': ['-e', '1'],
  'no fallocate': ['-F', '-H', '-z', '-C', '-I'],
  'no copy_file_range': ['-E'],
  large: ['-l', '20000000', '-o', '1500000'],
  'fixed size': ['-L', '-l', '1000000'],
}

export const fsx = {
  needs: (built) => [join(built, 'fsx')],
  async run(suite) {
    const names = Object.keys(VARIANTS).filter((name) => name.includes(suite.filter))
    const next = names.values()
    const work = async () => {
      for (const name of next) await variant(suite, name)
    }
    await Promise.all([work(), work()])
  },
}

async function variant({ built, path, beneath, scratch, run, results, scale }, name) {
  const id = name.replace(/\W/g, '-')
  const logs = join(scratch, `fsx-${id}`)
  mkdirSync(logs)
  const operations = Math.ceil(OPERATIONS * scale)
  const file = join(path, id)
  if (name === 'fixed size') await run('truncate', ['-s', '1000000', file])
  const args = ['-q', '-N', `${operations}`, '-S', '7', '-P', logs, ...VARIANTS[name], file]
  const { code, signal, output } = await run(join(built, 'fsx'), args, { seconds: 3600 })
  const same = await run('cmp', [file, join(beneath, id)])
  // fsx writes the last operations into its log, and so many lines to its output.
  const log = code === 0 ? '' : readdirSync(logs).find((file) => file.endsWith('.fsxlog'))
  const told = log ? readFileSync(join(logs, log), 'utf8').split('\n') : []
  results.note(`fsx ${name}: ${code === 0 ? 'ok' : (signal ?? code)}`)
  results.check(`fsx ${name}`, code === 0 ? '' : [signal ?? code, ...told, output].join('\n'))
  results.check(`fsx ${name}: same beneath`, same.code === 0 ? '' : same.output)
}
