// The protocol's part of mount/loopback-copies, loopback-files, loopback-names and unlinked-files.

import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { codeOf, testVirtually } from '../support/virtual-test.js'

const source = mkdtempSync(join(tmpdir(), 'fuseloop-source-'))
t.teardown(() => rmSync(source, { recursive: true, force: true }))

/** A folder of each test's own: all share one source. */
let folders = 0
function folder(): string {
  folders += 1
  return `folder-${folders}`
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const request = { filesystem: 'loopback', set: { source } }

testVirtually(
  'what is written is what is stored, and what is read',
  request,
  async (t, { client }) => {
    const name = folder()
    await client.mkdir(`/${name}`)
    const files = [0, 1, 4095, 4096, 65_536, 300_001].map(
      (size, index) => [`file-${index}`, randomBytes(size)] as const,
    )
    await Promise.all(
      files.map(async ([file, bytes]) => {
        const made = await client.open(`/${name}/${file}`, 'w')
        await made.write(bytes)
        await made.close()
      }),
    )
    for (const [file, bytes] of files) {
      t.equal(hash(readFileSync(join(source, name, file))), hash(bytes), `${file} is stored`)
      t.equal(hash(await client.readFile(`/${name}/${file}`)), hash(bytes), `${file} is read`)
    }
    const listed = await client.readdir(`/${name}`)
    t.same(
      listed.filter((entry) => !entry.startsWith('.')).sort(),
      files.map(([file]) => file),
    )
  },
)

testVirtually(
  'entries are made, moved and removed as in the source',
  request,
  async (t, { client }) => {
    const name = folder()
    await client.mkdir(`/${name}`)
    const path = (file: string): string => `/${name}/${file}`
    writeFileSync(join(source, name, 'a'), 'text')
    await client.link(path('a'), path('b'))
    t.equal((await client.stat(path('b'))).ino, (await client.stat(path('a'))).ino, 'a hard link')
    await client.symlink('a', path('link'))
    t.equal(String(await client.readlink(path('link'))), 'a')
    t.equal(await client.readText(path('link')), 'text')
    await client.rename(path('b'), path('c'))
    await client.change(path('c'), { mode: 0o600, size: 2 })
    t.equal(statSync(join(source, name, 'c')).mode & 0o777, 0o600)
    t.equal(readFileSync(join(source, name, 'a'), 'utf8'), 'te')
    t.equal(await codeOf(() => client.rmdir(`/${name}`)), 'ENOTEMPTY')
    for (const file of ['a', 'c', 'link']) await client.unlink(path(file))
    await client.rmdir(`/${name}`)
    t.equal(readdirSync(source).includes(name), false)
    t.equal(await codeOf(() => client.stat(path('a'))), 'ENOENT')
  },
)

testVirtually('names are any bytes', request, async (t, { client }) => {
  const name = folder()
  await client.mkdir(`/${name}`)
  const bytes = Buffer.concat([Buffer.from(`/${name}/`), Buffer.from([0xff, 0x80, 0xe4])])
  const made = await client.open(bytes, 'w')
  await made.close()
  const stored = readdirSync(join(source, name), { encoding: 'buffer' })
  t.same(stored, [Buffer.from([0xff, 0x80, 0xe4])])
  await client.unlink(bytes)
  t.same(readdirSync(join(source, name)), [])
})

testVirtually('an unlinked file lives while it is open', request, async (t, { client }) => {
  const name = folder()
  const file = await client.open(`/${name}`, 'w+')
  await file.write('still here', 0)
  await client.unlink(`/${name}`)
  t.equal(String(await file.read(100, 0)), 'still here')
  t.equal((await file.stat()).size, 10n)
  await file.truncate(5)
  t.equal(String(await file.read(100, 0)), 'still')
  await file.close()
})
