// The tables of docs/command.md tell the truth about each option: what is honoured changes something, what has no
// effect changes nothing, what is refused is refused by name; and no option is missing there, none of `fuseloop mount`
// either.

import { readFileSync } from 'node:fs'
import t from 'tap'
import { createProgram } from '../../dist/cli/program.js'
import { readArguments } from '../../dist/fuse-main/arguments.js'
import { Choices } from '../../dist/fuse-main/choices.js'
import { readCommandLine } from '../../dist/fuse-main/command-line.js'
import { optionNames } from '../../dist/fuse-main/option-table.js'

const document = readFileSync(new URL('../../../../docs/command.md', import.meta.url), 'utf8')
const rows = [...document.matchAll(/^\| (`.+?`) \| (honoured|no effect|refused) \|/gm)].flatMap(
  ([, options = '', verdict]) =>
    [...options.matchAll(/`([^`]+)`/g)].map(([, option = '']) => ({ option, verdict })),
)

/** A value that each option takes which has one of its own. */
const VALUES: Readonly<Record<string, string>> = {
  cache: 'none',
  locks: 'session',
  interrupts: 'read=answer',
  resource_limit: 'heap=256M',
  timeout: '5s',
  ready_timeout: '5s',
  transport: 'ring',
}
const UNTOUCHED = JSON.stringify(new Choices())

for (const { option, verdict } of rows) {
  t.test(`${option}: ${verdict}`, async (t) => {
    const [name = '', placeholder] = option.split('=')
    const text = placeholder === undefined ? name : `${name}=${VALUES[name] ?? '5'}`
    const words = option.startsWith('-') ? [text] : ['-o', text]
    const read = (): ReturnType<typeof readCommandLine> => readCommandLine(readArguments(words), {})
    if (verdict === 'refused') {
      t.throws(read, { code: 'ERR_FUSE_USAGE', message: new RegExp(`'${name}'`) })
      return
    }
    const { choices, unknown } = read()
    t.strictSame(unknown, [])
    t.equal(JSON.stringify(choices) === UNTOUCHED, verdict === 'no effect')
  })
}

t.test('no option of the code is missing', async (t) => {
  const told = new Set(rows.map(({ option }) => option.split('=')[0]))
  t.strictSame(
    optionNames().filter((name) => !told.has(name)),
    [],
  )
  t.ok(optionNames().length > 40)
})

t.test('the long options of fuseloop mount are those of its section', async (t) => {
  const [, section = ''] = document.split('\n## fuseloop mount\n')
  const told = [...section.matchAll(/`(--[a-z-]+)`/g)].map(([, option]) => option)
  const program = createProgram({ mount: async () => undefined, unmount: async () => undefined })
  const mount = program.commands.find((command) => command.name() === 'mount')
  const known = mount?.options.map(({ long }) => long) ?? []
  t.strictSame([...new Set(told)].sort(), known.sort())
})
