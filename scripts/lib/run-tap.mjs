// Runs compiled test files by tap, each in a process of its own, and writes TAP to stdout.
// `tap run` would load its TypeScript loader into each of them, which costs seconds a file.
// Usage: node run-tap.mjs JOBS FILE...

process.env.TAP_TIMEOUT ??= '180'
const { t } = await import('tap')

const [jobs, ...files] = process.argv.slice(2)
const timeout = 1000 * Number(process.env.TAP_TIMEOUT)
const usesMounts = (file) => /(^|\/)mount\//.test(file)

// The deadline is that of a file, which can set another by t.setTimeout().
t.setTimeout(0)
t.jobs = Number(jobs)
t.plan(files.length)
for (const file of files.filter((file) => !usesMounts(file))) start(file, { buffered: true })
// Unbuffered ones wait for all above and run one by one: mounts would disturb each other.
for (const file of files.filter(usesMounts)) start(file, { buffered: false })

// Through env(1), which takes out the hooks that tap puts into NODE_OPTIONS: every Node.js process that a test
// starts would load them too, which costs time and adds listeners for signals.
function start(file, options) {
  const command = ['--unset=NODE_OPTIONS', process.execPath, '--enable-source-maps', file]
  void t.spawn('env', command, { timeout, ...options }, file)
}
