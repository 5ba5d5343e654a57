// What package.json promises to importers is there after a build.

import { readFileSync } from 'node:fs'
import t from 'tap'

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  name: string
  exports: Record<string, unknown>
}

for (const entry of Object.keys(manifest.exports)) {
  t.test(`${entry} can be imported by name`, async (t) => {
    await t.resolves(import(manifest.name + entry.slice(1)))
  })
}
