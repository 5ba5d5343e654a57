// A module that cannot be served: one line says why, in the background as in the foreground, and nothing is left.

import t from 'tap'
import { refusal } from './refusal.js'

// Each case starts two commands.
t.setTimeout(600_000)

const IMPORT = "import { defineFilesystem } from '@fuseloop/core'\n"

/** File name, what is in it, and what the command says. */
const MODULES: readonly (readonly [string, string, RegExp])[] = [
  [
    'syntax.mjs',
    'const a = 1\nexport default {,}\n',
    /\.\/syntax\.mjs does not load: line 2: Unexp/,
  ],
  ['throws.mjs', "throw new Error('boom\\nand more')\n", /\.\/throws\.mjs does not load: boom$/m],
  ['missing.mjs', "import 'no-such-package'\n", /does not load: Cannot find package 'no-such-pack/],
  ['empty.mjs', 'export const a = 1\n', /has no default export; expected what defineFilesystem/],
  ['number.mjs', 'export default 42\n', /exports something else by default; expected what/],
  ['broken.ts', `${IMPORT}let x: = 1\n`, /broken\.ts does not compile: line 2: /],
  [
    'lost.ts',
    "import './lost-one.js'\n",
    /does not compile: line 1: Could not resolve ".\/lost-one/,
  ],
  ['text.txt', 'hello\n', /text\.txt does not load: Unknown file extension/],
  [
    'creates.ts',
    `${IMPORT}export default defineFilesystem({ create() { throw new Error('no luck') } })\n`,
    /\.\/creates\.ts: no luck$/m,
  ],
  [
    'nothing.ts',
    `${IMPORT}export default defineFilesystem({ create() {} })\n`,
    /\.\/nothing\.ts: create\(\) gave undefined; expected an object of handlers/,
  ],
  [
    'flags.ts',
    `${IMPORT}export default defineFilesystem({ require: ['MAGIC'], create: () => ({}) })\n`,
    /\.\/flags\.ts: unknown INIT flag MAGIC/,
  ],
]

for (const [name, content, line] of MODULES) {
  refusal(name, [`./${name}`], 1, line, (place) => place.write(name, content))
}

refusal('a module that is not there', ['./none.ts'], 1, /there is no module \.\/none\.ts/)
refusal('an example that is not there', ['helo'], 1, /there is no example helo; a module file is/)
refusal('a package that is not there', ['npm:helo'], 1, /there is no package helo to be found from/)
refusal('a folder', ['./mnt'], 1, /\.\/mnt is a directory; name the module file in it/)
refusal(
  'a path without ./',
  ['fs.ts'],
  1,
  /there is no example fs\.ts; the file of that name is written \.\/fs\.ts/,
  (place) => place.write('fs.ts', ''),
)
