// The unit in docs/systemd, as systemd reads it.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'

const UNIT = new URL('../../../../docs/systemd/fuseloop@.service', import.meta.url)
const PROGRAM = '/usr/bin/fuseloop'

const isThere = spawnSync('systemd-analyze', ['--version']).status === 0

t.test('systemd has nothing to say of it', { skip: !isThere && 'no systemd-analyze' }, (t) => {
  const unit = readFileSync(UNIT, 'utf8')
  const folder = mkdtempSync(join(tmpdir(), 'fuseloop-unit-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  t.ok(unit.includes(`ExecStart=${PROGRAM} mount --foreground `))
  const file = join(folder, 'fuseloop@data.service')
  const verify = (text: string): string => {
    writeFileSync(file, text)
    const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file])
    return `${stdout}${stderr}`
  }
  // It looks whether the program is there.
  const here = unit.replace(PROGRAM, process.execPath)
  t.equal(verify(here), '')
  t.match(verify(here.replace('Restart=', 'Restrat=')), /Unknown key .*Restrat/)
  t.end()
})
