// 300 levels of 200-byte names reach the path API as paths of 60 kB: longer than any that a client may give at once.

import { testMount } from '../support/mount-test.js'

const LEVELS = 300

/** Makes the levels, works at the bottom, moves the top away over it, and works at the bottom again. */
const PROGRAM = `
import os, sys
top, levels = sys.argv[1], int(sys.argv[2])
def name(level): return ('%03d' % level).ljust(200, 'n')
os.chdir(top)
for level in range(levels):
    os.mkdir(name(level)); os.chdir(name(level))
with open('first', 'w') as file: file.write('deep')
os.symlink('second', 'link'); os.rename('first', 'second')
seen = [open('link').read(), sorted(os.listdir('.'))]
middle = os.open('../' * (levels // 2), os.O_RDONLY)
kept = os.open('second', os.O_RDWR)
os.rename(os.path.join(top, name(0)), os.path.join(top, 'moved'))
# What is open, or worked in, is where it was, under a path that has changed.
os.write(kept, b'er'); os.close(kept)
seen += [open('second').read(), os.listdir(middle) == [name(levels // 2)]]
os.chdir(top)
os.chdir('moved')
for level in range(1, levels): os.chdir(name(level))
seen += [os.stat('second').st_size, open('link').read()]
print(seen)
`

for (const encoding of ['strings', 'buffers']) {
  const filesystem = new URL(`./filesystems/named-${encoding}.js`, import.meta.url)
  testMount(
    `paths of ${LEVELS} levels of 200 bytes reach handlers (${encoding})`,
    { filesystem, workers: 1 },
    async (t, mounted) => {
      const seen = await mounted.run('python3', ['-c', PROGRAM, mounted.mountpoint, `${LEVELS}`])
      t.equal(seen, `['deep', ['link', 'second'], 'erep', True, 4, 'erep']\n`)
      const found = await mounted.run('sh', ['-c', 'find . | wc -l'], { cwd: mounted.mountpoint })
      t.equal(found, `${1 + LEVELS + 2}\n`, 'find sees all levels')
      t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
    },
  )
}
