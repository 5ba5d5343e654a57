// npm installs packages from folders and archives, without a registry: renames of whole trees, links, and modes.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PACKAGES = 12

export async function npmInstall({ name, folder, scratch, mustRun, results }) {
  const sources = join(scratch, 'npm')
  const npm = (args, cwd) =>
    mustRun(
      'npm',
      [...args, '--offline', '--no-audit', '--no-fund', '--cache', join(folder, 'cache')],
      {
        cwd,
        seconds: 300,
        env: { npm_config_update_notifier: 'false', HOME: scratch },
      },
    )
  const dependencies = {}
  for (let index = 0; index < PACKAGES; index += 1) {
    const place = join(sources, `part-${index}`)
    mkdirSync(join(place, 'lib'), { recursive: true })
    const manifest = {
      name: `part-${index}`,
      version: '1.0.0',
      main: 'lib/index.js',
      bin: 'lib/index.js',
    }
    writeFileSync(join(place, 'package.json'), JSON.stringify(manifest))
    writeFileSync(
      join(place, 'lib', 'index.js'),
      `#!/usr/bin/env node\nmodule.exports = ${index}\n`,
    )
    await npm(['pack', '--silent', '--pack-destination', sources], place)
    dependencies[manifest.name] = `file:${join(sources, `part-${index}-1.0.0.tgz`)}`
  }
  const total = `console.log(${Object.keys(dependencies)
    .map((name) => `require('${name}')`)
    .join('+')})`
  writeFileSync(
    join(sources, 'package.json'),
    JSON.stringify({ name: 'all', version: '1.0.0', dependencies }),
  )
  await mustRun('mkdir', [join(folder, 'all')])
  await mustRun('cp', [join(sources, 'package.json'), join(folder, 'all')])
  const all = join(folder, 'all')
  for (const how of ['install', 'ci']) {
    await npm([how], all)
    const sum = await mustRun('node', ['-e', total], { cwd: all })
    const expected = `${(PACKAGES * (PACKAGES - 1)) / 2}\n`
    results.check(`${name}: npm ${how}`, sum === expected ? '' : sum)
  }
  await npm(['ls', '--all'], all)
  const linked = await mustRun('sh', ['-c', 'ls node_modules/.bin | wc -l'], { cwd: all })
  results.check(`${name}: programs are linked`, linked.trim() === `${PACKAGES}` ? '' : linked)
}
