// The suite itself, on few and short measurements: that each kind of workload runs, and what the report looks like.
// Figures are not judged.

import { spawn } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Report, Result } from '../../dist/report/report.js'

const BENCH = fileURLToPath(new URL('../../dist/bench.js', import.meta.url))
/** Of one run; that of the file has room for all. */
const DEADLINE_MS = 500_000
t.setTimeout(1_200_000)
/** How long the handler of stuck-12 takes. */
const STUCK_US = 2_000_000

const DOCUMENT =
  'before\n<!-- results: written by npm run bench -->\nold figures\n<!-- end of results -->\nafter\n'

/** Where CI has /dev/fuse there is no reason: what cannot run fails. */
function whyNot(): string | false {
  if (process.env['CI'] === 'true' && existsSync('/dev/fuse')) return false
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
  } catch {
    return '/dev/fuse cannot be opened'
  }
  return process.getuid?.() === 0 ? false : 'mounting in tests needs root'
}

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function bench(...args: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [BENCH, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (data: string) => {
      text[stream] += data
    })
  // It ends its daemons and mounts itself.
  const timer = setTimeout(() => child.kill('SIGTERM'), DEADLINE_MS)
  return new Promise((resolve) =>
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code, ...text })
    }),
  )
}

const folder = mkdtempSync(join(tmpdir(), 'fuseloop-suite-'))
t.teardown(() => rmSync(folder, { recursive: true }))

const find = ({ results }: Report, workload: string, contestant: string): Result | undefined =>
  results.find((result) => result.workload === workload && result.contestant === contestant)

t.test('a short run', { skip: whyNot(), timeout: DEADLINE_MS + 10_000 }, async (t) => {
  const json = join(folder, 'report.json')
  const html = join(folder, 'report.html')
  const markdown = join(folder, 'report.md')
  writeFileSync(markdown, DOCUMENT)
  const peers = ['libfuse-mt', 'fuseloop-ring-sync', 'fuseloop-single', 'native', 'loopback-ring']
  const workloads = ['create-4', 'stuck-12', 'start-1', 'idle-1']
  const { code, stdout, stderr } = await bench(
    ...[
      '--quick',
      '--rounds',
      '1',
      '--seconds',
      '0.05',
      '--idle-seconds',
      '0.1',
      '--settle-seconds',
      '0.1',
    ],
    ...['--workload', workloads.join(','), '--peer', peers.join(',')],
    ...['--json', json, '--html', html, '--markdown', markdown],
  )
  t.equal(code, 0, stderr)
  const report = JSON.parse(readFileSync(json, 'utf8')) as Report

  t.same(report.failures, [], 'nothing fails')
  t.same(report.notAvailable, [], 'and nothing is missing')
  const measured = new Set(report.results.map((result) => result.workload))
  t.same([...measured], workloads)
  t.same(Object.keys(report.configurations).sort(), [...peers].sort())
  t.match(report.configurations['fuseloop-ring-sync'], {
    workers: Number,
    cpuMask: String,
    flags: ['api=inode', 'handlers=sync', 'loop=multi', 'transport=ring', /^headOfLineBlocking=/],
  })
  for (const result of report.results) {
    t.ok(result.opsPerSecond > 0, `${result.workload} on ${result.contestant} made progress`)
    t.ok(result.min <= result.opsPerSecond && result.opsPerSecond <= result.max)
    t.equal(result.rounds, 1)
  }
  const stuck = find(report, 'stuck-12', 'fuseloop-single')
  t.equal(stuck?.answeredInTime, 0, 'with one thread everybody waits for the stuck handler')
  // How many of them in time is the machine's affair: none waits until the handler is over.
  t.ok((find(report, 'stuck-12', 'libfuse-mt')?.p99Us ?? Infinity) < STUCK_US / 2)
  t.ok(
    report.ratios.some(
      ({ workload, contestant, reference }) =>
        workload === 'create-4' &&
        contestant === 'fuseloop-ring-sync' &&
        reference === 'libfuse-mt',
    ),
    'ratios to the references of the same filesystem',
  )
  t.notOk(
    report.ratios.some(
      ({ contestant, reference }) => contestant === 'loopback-ring' && reference === 'libfuse-mt',
    ),
    'and to no others',
  )

  const page = readFileSync(html, 'utf8')
  t.equal(page.match(/<svg /g)?.length, 2, 'charts of ratios and of latencies')
  t.notMatch(page, /<script|<link|src=/, 'and nothing that a browser would fetch')
  const document = readFileSync(markdown, 'utf8')
  t.match(document, /^before\n<!-- results.*\| libfuse-mt \|.*<!-- end of results -->\nafter\n$/s)
  t.notMatch(document, 'old figures')

  t.match(stdout, /create-4, trivial\n.*ops\/s/, 'tables on stdout')
  t.match(stderr, /1\/\d+ .* left .* round 1/, 'progress on stderr')
})

t.test(
  'what is not there is left out, and the report says why',
  {
    skip: whyNot(),
    timeout: DEADLINE_MS + 10_000,
  },
  async (t) => {
    const json = join(folder, 'missing.json')
    const { code, stderr } = await bench(
      ...['--rounds', '2', '--seconds', '0.05', '--workload', 'getattr-4'],
      ...['--peer', 'fuse-native,libfuse-mt', '--json', json],
    )
    t.equal(code, 0, stderr)
    const report = JSON.parse(readFileSync(json, 'utf8')) as Report
    t.match(report.notAvailable, [
      { contestant: 'fuse-native', reason: /FUSELOOP_BENCH_FUSE_NATIVE/ },
    ])
    t.match(report.results, [{ contestant: 'libfuse-mt', rounds: 2 }])
  },
)

t.test('names that do not exist are refused', async (t) => {
  const { code, stderr } = await bench('--workload', 'getattr-4,nonsense')
  t.not(code, 0)
  t.match(stderr, /no such workload: nonsense/)
})

t.test('names are listed', async (t) => {
  const { stdout } = await bench('--list')
  for (const name of ['getattr-1-samecpu', 'stuck-12', 'fuseloop-uring-sync', 'libfuse-uring'])
    t.match(stdout, name)
})

t.test('a report is shown again, as it was', { skip: whyNot() }, async (t) => {
  const json = join(folder, 'again.json')
  const from = join(folder, 'report.json')
  const { stdout } = await bench('--from', from, '--json', json)
  t.match(stdout, /stuck-12/)
  t.equal(readFileSync(json, 'utf8'), readFileSync(from, 'utf8'))
})

t.test('the in-process endpoint needs no mount', { timeout: DEADLINE_MS + 10_000 }, async (t) => {
  const json = join(folder, 'endpoint.json')
  const { code, stderr } = await bench(
    ...['--rounds', '1', '--seconds', '0.05', '--workload', 'endpoint-getattr'],
    ...['--peer', 'endpoint-memory,endpoint-ring-w1,endpoint-ring-w2', '--json', json],
  )
  t.equal(code, 0, stderr)
  const { results, failures } = JSON.parse(readFileSync(json, 'utf8')) as Report
  t.same(failures, [])
  t.equal(results.length, 3)
  for (const { contestant, opsPerSecond, p99Us } of results)
    t.ok(opsPerSecond > 0 && p99Us > 0, contestant)
})
