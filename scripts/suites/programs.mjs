// What people run: databases, version control, copying, building, package installation, shared memory maps.
// Each program's own check decides, and what is beneath the mount must be what it left.

import { join } from 'node:path'
import { gccBuild } from './programs/gcc-build.mjs'
import { git } from './programs/git.mjs'
import { mmapCoherence } from './programs/mmap-coherence.mjs'
import { npmInstall } from './programs/npm-install.mjs'
import { rsync } from './programs/rsync.mjs'
import { sqliteWal } from './programs/sqlite-wal.mjs'

const PROGRAMS = {
  'sqlite wal': sqliteWal,
  git,
  rsync,
  'gcc build': gccBuild,
  'npm install': npmInstall,
  'mmap coherence': mmapCoherence,
}

const NEEDED = 'sqlite3 git rsync tar setfattr getfattr setfacl getfacl gcc make npm python3'

export const programs = {
  needs: () => NEEDED.split(' '),
  async run(suite) {
    for (const [name, program] of Object.entries(PROGRAMS)) {
      if (!suite.filter.split(',').some((word) => name.includes(word))) continue
      const folder = join(suite.path, name.replace(/\W/g, '-'))
      const beneath = join(suite.beneath, name.replace(/\W/g, '-'))
      const started = Date.now()
      try {
        await suite.mustRun('mkdir', [folder])
        await program({ ...suite, name, folder, beneath })
      } catch (error) {
        suite.results.failed(name, { detail: error.message })
      }
      suite.results.note(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`)
    }
  },
}
