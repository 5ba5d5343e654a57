// rsync -aHAX, and cp -a and tar beside it: what they copy into the mount is the original in every attribute.

import { join } from 'node:path'
import { differences } from '../support/trees.mjs'

/** Hard links, sparse files, ACLs, xattrs, special files, owners, odd names, times of nanoseconds. */
const MAKE_ORIGINAL = `
set -e
mkdir -p a/b/c 'with space' "$(printf 'latin-\\351')"
for i in $(seq "$0"); do head -c $((i * 777)) /dev/urandom >a/f$i; ln a/f$i a/b/h$i; ln -s ../f$i a/b/s$i; done
truncate -s 64M sparse; printf x | dd of=sparse bs=1 seek=50000000 conv=notrunc status=none
mkfifo fifo; mknod char c 1 3; mknod block b 7 99
chown 12:34 a/f1; chown -h 56:78 a/b/s2; chmod 4751 a/f2; chmod 1777 a/b; chmod 2755 a/b/c; chmod 000 a/f3
touch -d '2001-02-03 04:05:06.789012345' a/f1 sparse; touch -h -d '1969-01-01 UTC' a/b/s1; touch -d '2200-01-01' a/f2
setfattr -n user.text -v value a/f1; setfattr -n user.binary -v 0x00ff0a a/b; setfattr -n trusted.mine -v 1 a/f2
setfattr -n user.empty a/f2
setfacl -m u:99:rwx,g:98:r a/f1; setfacl -d -m u:97:rx a/b/c; setfacl -m m::r a/f1
`

export async function rsync({ name, folder, beneath, scratch, run, mustRun, results, scale }) {
  const original = join(scratch, 'original')
  await mustRun('mkdir', ['-p', original])
  await mustRun('sh', ['-c', MAKE_ORIGINAL, `${Math.ceil(60 * scale)}`], { cwd: original })
  const copy = (kind) => join(folder, kind)
  const compare = async (kind, more) => {
    const place = copy(kind)
    const here = await differences(run, original, place, more)
    results.check(`${name}: ${kind} copies everything`, here)
    const below = await differences(run, original, join(beneath, kind), more)
    results.check(`${name}: ${kind}, same beneath`, below)
    const blocks = Number(await mustRun('stat', ['-c', '%b', join(place, 'sparse')]))
    results.check(
      `${name}: ${kind} keeps holes`,
      blocks < 4096 ? '' : `${blocks} blocks of 512 bytes`,
    )
  }
  // Without that window it takes times of the same second for the same.
  const options = ['-aHAX', '--sparse', '--numeric-ids', '--modify-window=-1']
  await mustRun('rsync', [...options, `${original}/`, copy('rsync')])
  await compare('rsync', { times: true })
  const again = ['-n', '-i', '--checksum', `${original}/`, copy('rsync')]
  results.check(`${name}: nothing is left to copy`, await mustRun('rsync', [...options, ...again]))
  await mustRun('cp', ['-a', '--sparse=always', original, copy('cp')])
  await compare('cp', { times: true })
  await mustRun('mkdir', [copy('tar')])
  const tar = `tar -C "$0" --acls --xattrs --xattrs-include='*' -S -cf - . | tar -C "$1" --acls --xattrs --xattrs-include='*' --numeric-owner -xpf -`
  await mustRun('sh', ['-c', tar, original, copy('tar')])
  await compare('tar', {})
}
