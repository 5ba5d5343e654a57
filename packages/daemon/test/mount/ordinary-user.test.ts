// Mounts of a user without privilege, through the system's fusermount3.

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { OrdinaryUser, whyNoOrdinaryUser } from '../support/ordinary-user.js'
import { waitUntil } from '../support/wait-until.js'

const skip = whyNoOrdinaryUser()
t.setTimeout(600_000)

const NOTHING = { code: 0, stdout: '', stderr: '' }

t.test('he mounts, and unmounts by the command or by fusermount3', { skip }, async (t) => {
  const user = await OrdinaryUser.start(t)
  t.match(await user.fuseloop('mount', 'hello', 'mnt'), NOTHING)
  t.equal((await user.run('cat', 'mnt/hello')).stdout, 'hello\n')
  t.match(await user.asRoot('cat', 'mnt/hello'), { code: 1, stderr: /Permission denied/ })
  t.match(await user.fuseloop('unmount', 'mnt'), NOTHING)
  t.same(user.mounts(), [])

  t.match(await user.fuseloop('mount', 'hello', 'mnt'), NOTHING, 'the place can be used again')
  t.match(await user.run('fusermount3', '-u', 'mnt'), NOTHING)
  t.same(user.mounts(), [])
  await waitUntil('nobody serves', async () => (await user.processes('^fuseloop')).length === 0)
})

t.test('a signal ends his mount, and what is in use is unmounted lazily', { skip }, async (t) => {
  const user = await OrdinaryUser.start(t)
  await user.fuseloop('mount', 'hello', 'mnt')
  const [daemon = ''] = await user.processes(`^fuseloop ${user.mountpoint}`)
  await user.run('kill', daemon)
  await user.isGone()

  await user.fuseloop('mount', 'hello', 'mnt')
  await user.run('sh', '-c', 'sleep 1000 <mnt/hello >/dev/null 2>&1 &')
  t.match(await user.fuseloop('unmount', 'mnt'), {
    code: 1,
    stderr: /^fuseloop: \S+ is in use; .*\n$/,
  })
  t.equal(user.mounts().length, 1)
  t.match(await user.fuseloop('unmount', 'mnt', '--lazy'), NOTHING)
  t.same(user.mounts(), [])
  t.equal((await user.processes('^fuseloop')).length, 1, 'who is in it is served')
  await user.run('pkill', 'sleep')
  await waitUntil('nobody serves', async () => (await user.processes('^fuseloop')).length === 0)
})

t.test('a helper that he names mounts for him, and unmounts', { skip }, async (t) => {
  const user = await OrdinaryUser.start(t)
  const helper = join(user.folder, 'helper')
  writeFileSync(helper, `#!/bin/sh\necho "$@" >>${user.folder}/log\nexec fusermount3 "$@"\n`)
  chmodSync(helper, 0o755)
  t.match(await user.fuseloop('mount', 'hello', 'mnt', '--mount-helper', helper), NOTHING)
  t.equal((await user.run('cat', 'mnt/hello')).stdout, 'hello\n')
  const [daemon = ''] = await user.processes(`^fuseloop ${user.mountpoint}`)
  await user.run('kill', daemon)
  await user.isGone()
  const log = readFileSync(join(user.folder, 'log'), 'utf8')
  t.match(log, new RegExp(`^-o \\S+ -- ${user.mountpoint}\n-u -- ${user.mountpoint}\n$`))
  t.match(await user.fuseloop('mount', 'hello', 'mnt', '--mount-helper', '/none'), {
    code: 1,
    stderr: /ENOENT: .* '\/none'\n$/,
  })
})

t.test('his options are shown as he gave them', { skip }, async (t) => {
  const user = await OrdinaryUser.start(t)
  const options = 'ro,noexec,fsname=a\\,allow_other\\\\ b,subtype=x\\,suid'
  t.match(await user.fuseloop('mount', 'hello', 'mnt', '-o', options), NOTHING)
  const [line = ''] = user.mounts()
  t.match(
    line,
    / ro,nosuid,nodev,noexec,relatime .*- fuse\.x,suid a,allow_other\\134\\040b ro,user_id=/,
  )
  t.notMatch(line, /[ ,]suid,|default_permissions,/)
  t.match(line, /user_id=65534,group_id=65534,default_permissions$/)
})

t.test('what fusermount3 refuses is told in one line', { skip }, async (t) => {
  const user = await OrdinaryUser.start(t)
  const foreign = join(user.folder, 'foreign')
  mkdirSync(foreign)
  chmodSync(foreign, 0o755)
  const refusals: readonly (readonly [string[], RegExp])[] = [
    [['mnt', '-o', 'allow_other'], /add the line user_allow_other to \/etc\/fuse\.conf\n$/],
    [['foreign'], /EACCES: .*user has no write access to mountpoint/],
    [['none'], /the mountpoint \S+ does not exist/],
  ]
  for (const [args, words] of refusals) {
    const { code, stdout, stderr } = await user.fuseloop('mount', 'hello', ...args)
    t.match({ code, stdout }, { code: 1, stdout: '' })
    t.match(stderr, words)
    t.equal(stderr.split('\n').length, 2, 'one line')
  }
  t.same(user.mounts(), [])
  await user.asRoot('sh', '-c', 'echo user_allow_other >conf; mount --bind conf /etc/fuse.conf')
  t.match(await user.fuseloop('mount', 'hello', 'mnt', '-o', 'allow_other'), NOTHING)
  t.equal((await user.asRoot('cat', 'mnt/hello')).stdout, 'hello\n', 'as the line says')
})

t.test('with auto_unmount kill -9 leaves nothing mounted', { skip }, async (t) => {
  const user = await OrdinaryUser.start(t)
  t.match(await user.fuseloop('mount', 'hello', 'mnt', '-o', 'auto_unmount'), NOTHING)
  const [daemon = ''] = await user.processes(`^fuseloop ${user.mountpoint}`)
  await user.run('kill', '-9', daemon)
  await user.isGone()
  await waitUntil('no process is left', async () => (await user.processes('fuseloop')).length === 0)
})
