// mount(8), fstab(5) and umount(8) with type fuse.fuseloop, in a mount namespace of their own where /sbin has the
// helper, so that the machine's /sbin is left alone.

import { chmodSync, chownSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { CommandPlace, type CommandResult } from '../cli/command-place.js'
import { whyNoMounts } from '../support/mount-environment.js'

const skip = whyNoMounts()
t.setTimeout(600_000)

const HELPER = fileURLToPath(new URL('../../bin/mount.fuse.fuseloop.js', import.meta.url))
/** uid and gid of `nobody` in Debian. */
const NOBODY = 65534

function makePlace(t: Test): CommandPlace {
  const place = CommandPlace.make(t)
  mkdirSync(join(place.folder, 'sbin'))
  symlinkSync(HELPER, join(place.folder, 'sbin', 'mount.fuse.fuseloop'))
  return place
}

/** A shell of root's; what it mounts is gone when it and the daemon are. */
function shell(place: CommandPlace, script: string): Promise<CommandResult> {
  const all = `mount --bind sbin /sbin || exit 99\n${script}\n`
  return place.run('unshare', '--mount', '--propagation', 'private', 'sh', '-c', all)
}

const SHOW = 'grep "$PWD/mnt " /proc/mounts'

t.test('mount -t fuse.fuseloop, and umount', { skip }, async (t) => {
  const place = makePlace(t)
  mkdirSync(join(place.folder, 'data'))
  place.write('data/file', 'of the source\n')
  const { stdout, stderr, code } = await shell(
    place,
    `mount -t fuse.fuseloop loopback "$PWD/mnt" -o "source=$PWD/data,noatime,max_threads=2" &&
     cat mnt/file && ${SHOW} && umount mnt && ! ${SHOW}`,
  )
  t.strictSame([stderr, code], ['', 0])
  t.match(stdout, /^of the source\nloopback \S+ fuse\.fuseloop rw,noatime,user_id=0/)
  await place.isGone()
})

t.test('values with commas, -v, remount without the helper', { skip }, async (t) => {
  const place = makePlace(t)
  const { stdout, stderr, code } = await shell(
    place,
    `mount -v -t fuse.fuseloop hello "$PWD/mnt" -o 'greeting=a\\,ro\\,b,nosuid,nodev' && cat mnt/hello && echo
     mount -o remount,ro mnt; echo $?
     mount -i -o remount,ro mnt && ${SHOW} && umount mnt`,
  )
  t.equal(code, 0)
  t.match(stderr, /^mount\.fuse\.fuseloop: remount is not for whoever serves it: mount -i -o rem/)
  t.match(
    stdout,
    /^mount\.fuse\.fuseloop: hello mounted on \S+mnt\na,ro,b\n1\nhello \S+ \S+ ro,nosuid,nodev,/,
  )
})

t.test('a line of fstab, mounted once, by its directory or with all', { skip }, async (t) => {
  const place = makePlace(t)
  const options = 'greeting=of\\040fstab,noexec,_netdev,nofail,user,x-systemd.automount'
  place.write('fstab', `hello ${place.mountpoint} fuse.fuseloop ${options} 0 0\n`)
  const { stdout, stderr, code } = await shell(
    place,
    `mount -T fstab "$PWD/mnt" && cat mnt/hello && echo && ${SHOW} && umount mnt &&
     mount -T fstab -a && mount -T fstab -a && ${SHOW} && umount mnt && ! ${SHOW}`,
  )
  t.strictSame([stderr, code], ['', 0])
  const line = 'hello \\S+ fuse\\.fuseloop rw,nosuid,nodev,noexec,\\S+ 0 0\n'
  t.match(stdout, new RegExp(`^of fstab\n${line}${line}$`))
  await place.isGone()
})

t.test('setuid serves as another user, by fusermount3', { skip }, async (t) => {
  const place = makePlace(t)
  chmodSync(place.folder, 0o755)
  chownSync(place.mountpoint, NOBODY, NOBODY)
  // /dev/fuse as distributions have it: for everybody.
  const { stdout, stderr, code } = await shell(
    place,
    `mknod fuse c 10 229 && chmod 666 fuse && mount --bind fuse /dev/fuse &&
     mount -t fuse.fuseloop hello "$PWD/mnt" -o setuid=nobody && ${SHOW} &&
     stat -c %U /proc/$(pgrep -f "^fuseloop $PWD/mnt") && umount mnt`,
  )
  t.strictSame([stderr, code], ['', 0])
  t.match(stdout, /^hello \S+ fuse\.fuseloop rw,nosuid,nodev,\S*user_id=65534,\S* 0 0\nnobody\n$/)
  await place.isGone()
})

t.test('refusals are one line, with the exit codes of mount(8)', { skip }, async (t) => {
  const place = makePlace(t)
  const refused: readonly (readonly [string, number, RegExp])[] = [
    ['hello "$PWD/mnt" -o bogus', 1, /unknown mount option 'bogus'/],
    ['hello "$PWD/mnt" -o setuid=no-such-user', 1, /setuid=no-such-user: there is no such user/],
    ['loopback "$PWD/mnt"', 1, /option 'source' is required/],
    ['helo "$PWD/mnt"', 32, /there is no example helo/],
  ]
  for (const [words, code, line] of refused) {
    const result = await shell(place, `mount -t fuse.fuseloop ${words}`)
    t.match(result, { code, stdout: '', stderr: line }, words)
    t.match(result.stderr, /^mount\.fuse\.fuseloop: [^\n]+\n$/, words)
  }
  t.match(await place.run(HELPER, 'hello'), { code: 1, stderr: /expected SPEC DIR \[-sfnv\]/ })
})

t.test('-f mounts nothing, -s leaves unknown options out', { skip }, async (t) => {
  const place = makePlace(t)
  const { stdout, stderr, code } = await shell(
    place,
    `mount -f -t fuse.fuseloop hello "$PWD/mnt" && ! ${SHOW} &&
     mount -s -t fuse.fuseloop hello "$PWD/mnt" -o bogus && cat mnt/hello && umount mnt`,
  )
  t.strictSame([stdout, stderr, code], ['hello\n', '', 0])
})
