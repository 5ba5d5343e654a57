// Who may do what is checked by the kernel, unless the mounter says otherwise; that nobody checks it is worth a warning.

import { testMount } from '../support/mount-test.js'

const hello = { filesystem: 'hello', workers: 1 }

testMount('the kernel checks permissions by default', hello, async (t, mounted) => {
  const table = await mounted.run('cat', ['/proc/self/mountinfo'])
  const line = table.split('\n').find((line) => line.includes(mounted.mountpoint))
  t.match(line, /[ ,]default_permissions(,|$)/)
})

for (const [mountOptions, log] of [
  [{ allow_other: true }, /^$/],
  [{ no_default_permissions: true }, /^$/],
  [
    { allow_other: true, no_default_permissions: true },
    /^fuseloop: .*mnt: every user may do everything there: allow_other with no_default_permissions, .*\n$/,
  ],
] as const)
  testMount(
    `${Object.keys(mountOptions).join(' and ')}: ${log.test('') ? 'no warning' : 'a warning'}`,
    { ...hello, mountOptions },
    async (t, mounted) => {
      await mounted.daemon.logged(log)
      t.match(mounted.daemon.log, log)
    },
  )
