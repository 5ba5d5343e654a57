// The committed script that `bin` names says what to do where the packages are not compiled yet.

import { copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { COMMAND, CommandPlace } from './command-place.js'
import { checkRefusal } from './refusal.js'

t.test('without dist the command names the set-up', async (t) => {
  const place = CommandPlace.make(t)
  place.write('package.json', '{ "type": "module" }')
  mkdirSync(join(place.folder, 'bin'))
  const copy = join(place.folder, 'bin', 'fuseloop.js')
  copyFileSync(COMMAND, copy)
  copyFileSync(join(dirname(COMMAND), 'run-built.js'), join(place.folder, 'bin', 'run-built.js'))
  await checkRefusal(
    t,
    place,
    await place.run(process.execPath, copy, '--version'),
    1,
    /npm run setup/,
  )
})
