// Programs that lean on what filesystems promise: a copy of every attribute, and a build by parallel jobs.
// Each must find and leave the same on the mount and beneath it; shared-files.test.ts has a database.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { testWorkers } from '../support/mount-test.js'

const DEADLINE_MS = 100_000

/** Hard links, holes, ACLs, xattrs, special files, owners, names that are not UTF-8, nanoseconds. */
const MAKE_ORIGINAL = `
set -e
mkdir -p a/b/c "$(printf 'latin-\\351')"
for i in $(seq 20); do seq $((i * 77)) >a/f$i; ln a/f$i a/b/h$i; ln -s ../f$i a/b/s$i; done
truncate -s 16M sparse; printf x | dd of=sparse bs=1 seek=10000000 conv=notrunc status=none
mkfifo fifo; mknod char c 1 3
chown 12:34 a/f1; chown -h 56:78 a/b/s2; chmod 4751 a/f2; chmod 1777 a/b; chmod 2755 a/b/c; chmod 000 a/f3
setfattr -n user.text -v value a/f1; setfattr -n user.binary -v 0x00ff0a a/b; setfattr -n trusted.mine -v 1 a/f2
setfacl -m u:99:rwx,g:98:r a/f1; setfacl -d -m u:97:rx a/b/c; setfacl -m m::r a/f1
find . -exec touch -h -d '2001-02-03 04:05:06.789012345' {} +
`
// Without that window rsync takes times of the same second for the same.
const RSYNC = `
set -e
options='-aHAX --sparse --numeric-ids --modify-window=-1'
rsync $options "$0/" copy
rsync $options --checksum -n -i "$0/" copy
[ $(stat -c %b copy/sparse) -lt 2048 ] && echo it has holes
`
const DESCRIBE = `
set -e
find . -printf '%p|%y|%m|%n|%U:%G|%T@|%l\\n' | LC_ALL=C sort
stat -c '%s %t,%T' sparse char
find a/f7 -samefile a/b/h7
find . ! -type l -print0 | LC_ALL=C sort -z | xargs -0 getfattr -h -d -m '^(user|trusted)[.]' -e hex
find . ! -type l -print0 | LC_ALL=C sort -z | xargs -0 getfacl -n -p
find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
`

/** Six objects by parallel jobs, an archive of them, a program. */
const BUILD = `
set -e
for i in $(seq 6); do echo "int part$i(void) { return $i; }" >part$i.c; done
{ for i in $(seq 6); do echo "int part$i(void);"; done
  echo 'int main(void) { return 0'; for i in $(seq 6); do echo " + part$i()"; done; echo '; }'; } >main.c
cat >Makefile <<'END'
program: main.o libparts.a ; gcc -g -o $@ main.o -L. -lparts
libparts.a: $(patsubst %.c,%.o,$(wildcard part*.c)) ; ar rcs $@ $^
%.o: %.c ; gcc -g -O1 -MD -c -o $@ $<
END
make -s -j4; ./program || echo "it ends with $?"
make; ls
`

const MOUNT = { filesystem: 'loopback', workers: 4 } as const

testWorkers('make, gcc and ar build a program that runs', MOUNT, async (t, mounted) => {
  const build = (cwd: string): Promise<string> =>
    mounted.run('sh', ['-c', BUILD], { cwd, deadlineMs: DEADLINE_MS })
  const beneath = join(mounted.root, 'beneath')
  mkdirSync(beneath)
  const told = await build(mounted.mountpoint)
  t.match(told, /^it ends with 21\nmake: .*up to date/)
  t.equal(told, await build(beneath), 'as on the directory beneath')
  t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
})

testWorkers('rsync -aHAX copies everything, and keeps holes', MOUNT, async (t, mounted) => {
  const original = join(mounted.root, 'original')
  mkdirSync(original)
  const shell = (cwd: string, script: string): Promise<string> =>
    mounted.run('sh', ['-c', script, original], { cwd, deadlineMs: DEADLINE_MS })
  await shell(original, MAKE_ORIGINAL)
  const told = await shell(mounted.mountpoint, RSYNC)
  t.equal(told, 'it has holes\n', 'a second run finds nothing left to copy')
  const expected = (await shell(original, DESCRIBE)).split('\n')
  t.same((await shell(mounted.path('copy'), DESCRIBE)).split('\n'), expected)
  t.same((await shell(join(mounted.source, 'copy'), DESCRIBE)).split('\n'), expected, 'beneath')
  t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
})
