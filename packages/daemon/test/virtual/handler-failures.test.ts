// The protocol's part of mount/handler-failures and mount/inode-handler-failures.

import { CASES, LOOKUPS } from '../support/failure-cases.js'
import { codeOf, testVirtually, type Virtual } from '../support/virtual-test.js'

type Use = (client: Virtual['client'], path: string) => Promise<unknown>

/** Calls the method of the path API that a case is about. */
const USES: Readonly<Record<string, Use>> = {
  getattr: (client, path) => client.stat(path),
  open: async (client, path) => (await client.open(path)).close(),
  opendir: (client, path) => client.readdir(path),
  read: (client, path) => client.readFile(path),
  write: async (client, path) => {
    const file = await client.open(path, 'r+')
    try {
      await file.write('text')
    } finally {
      await file.close()
    }
  },
  flush: async (client, path) => (await client.open(path)).close(),
  readdir: (client, path) => client.readdir(path),
  readlink: (client, path) => client.readlink(path),
  create: async (client, path) => (await client.open(path, 'wx')).close(),
  unlink: (client, path) => client.unlink(path),
  mkdir: (client, path) => client.mkdir(path),
}

testVirtually(
  'a handler of the path API that fails is one errno for its client',
  { filesystem: new URL('../mount/filesystems/failing.js', import.meta.url) },
  async (t, { client }) => {
    const seen: [string, string][] = []
    for (const [name] of CASES) {
      const use = USES[name.split(':')[0] ?? ''] as Use
      seen.push([name, await codeOf(() => use(client, `/${name}`))])
    }
    t.same(Object.fromEntries(seen), Object.fromEntries(CASES))
    t.equal(await client.readText('/good'), 'good', 'the session lives')
  },
)

testVirtually(
  'a handler of the inode API that returns nonsense is EIO for its client',
  { filesystem: new URL('../mount/filesystems/failing-inode.js', import.meta.url) },
  async (t, { client }) => {
    const seen: Record<string, unknown> = {}
    for (const name of Object.keys(LOOKUPS))
      seen[name] = await codeOf(() => client.stat(`/${name}`))
    t.same(seen, LOOKUPS, 'lookup')
    t.equal(await codeOf(() => client.change('/setattr', { mode: 0o600 })), 'EIO')
    t.equal(await codeOf(() => client.mkdir('/undefined')), 'EIO')
    t.equal(await codeOf(() => client.statfs()), 'EIO')
    t.equal(await client.readText('/release'), 'good', 'nobody sees how release fails')
    client.dropCaches()
    t.equal(await client.readText('/after'), 'good', 'also after forget failed')
  },
)
