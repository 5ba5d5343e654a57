// Documents that must not drift from the code. Tables stand between `<!-- table: NAME -->` and `<!-- end -->`, and are
// made from what the framework works with: `node scripts/check-docs.mjs --write` writes them. Needs a build. Promises
// name tests that exist.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BENCH_TABLES } from './docs/bench-tables.mjs'
import { brokenPromises } from './docs/promises.mjs'
import { TABLES as PROTOCOL_TABLES } from './docs/protocol-tables.mjs'
import { root } from './lib/workspace.mjs'

const DOCUMENTS = ['docs/protocol.md', 'docs/caching.md', 'docs/performance.md']
const TABLES = { ...PROTOCOL_TABLES, ...BENCH_TABLES }
const PLACE = /(<!-- table: ([^>]+) -->\n).*?<!-- end -->/gs

const isWriting = process.argv.includes('--write')
let isStale = false
const unplaced = new Set(Object.keys(TABLES))

for (const document of DOCUMENTS) {
  const path = join(root, document)
  const text = readFileSync(path, 'utf8')
  const current = text.replace(PLACE, (_all, before, name) => {
    const table = TABLES[name]
    if (table === undefined) throw new Error(`${document}: there is no table '${name}'`)
    unplaced.delete(name)
    return `${before}${table()}\n<!-- end -->`
  })
  if (current === text) continue
  if (isWriting) writeFileSync(path, current)
  else {
    isStale = true
    console.log(`${document} is not what the code says: node scripts/check-docs.mjs --write`)
  }
}

const lost = [...unplaced].map((name) => `no document has a place for the table '${name}'`)
const broken = [...lost, ...brokenPromises()]
for (const fault of broken) console.log(fault)

process.exitCode = isStale || broken.length > 0 ? 1 : 0
