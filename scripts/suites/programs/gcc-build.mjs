// A C program of many files, compiled by parallel jobs, archived, linked and run on the mount.

import { join } from 'node:path'

const MAKE_SOURCES = `
set -e
for i in $(seq "$0"); do
  printf '#include <stdio.h>\\nint part%d(void) { return printf("") + %d; }\\n' $i $i >part$i.c
done
{ echo '#include <stdio.h>'; for i in $(seq "$0"); do echo "int part$i(void);"; done
  echo 'int main(void) { int sum = 0;'
  for i in $(seq "$0"); do echo "sum += part$i();"; done
  printf '%s\\n' 'printf("%d\\n", sum); return 0; }'; } >main.c
cat >Makefile <<'END'
OBJECTS = $(patsubst %.c,%.o,$(wildcard part*.c))
program: main.o libparts.a
	gcc -g -o $@ main.o -L. -lparts
libparts.a: $(OBJECTS)
	ar rcs $@ $(OBJECTS)
%.o: %.c
	gcc -g -O1 -MD -c -o $@ $<
END
`

export async function gccBuild({ name, folder, beneath, mustRun, results, scale }) {
  const count = Math.ceil(60 * scale)
  await mustRun('sh', ['-c', MAKE_SOURCES, `${count}`], { cwd: folder })
  await mustRun('make', ['-j4', '-s'], { cwd: folder, seconds: 300 })
  const sum = `${(count * (count + 1)) / 2}\n`
  const told = await mustRun(join(folder, 'program'))
  results.check(`${name}: the program runs from the mount`, told === sum ? '' : told)
  const below = await mustRun(join(beneath, 'program'))
  results.check(`${name}: and from beneath`, below === sum ? '' : below)
  const again = await mustRun('make', ['-j4'], { cwd: folder })
  results.check(`${name}: make finds all up to date`, /up to date/.test(again) ? '' : again)
}
