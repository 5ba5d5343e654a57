// What the context says of a request's caller is true, whoever it is.

import { testMount, testMountInAllLoops } from '../support/mount-test.js'

const filesystem = new URL('./filesystems/caller.js', import.meta.url)
const NOBODY = 65534
const AS_NOBODY = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']

interface Caller {
  readonly uid: number
  readonly gid: number
  readonly pid: number
  readonly umask: number
  readonly path?: string
  readonly mode?: number
}

testMountInAllLoops(
  'uid, gid, pid and umask are those of the calling process',
  { filesystem, workers: 1, mountOptions: { allow_other: true } },
  async (t, mounted) => {
    const who = async (command: string, args: string[]): Promise<Caller> =>
      JSON.parse(await mounted.run(command, args)) as Caller
    const root = mounted.start('cat', [mounted.path('who')])
    t.match(JSON.parse((await root.ended).stdout), { uid: 0, gid: 0, pid: root.pid, umask: 0 })
    t.match(await who('setpriv', [...AS_NOBODY, 'cat', mounted.path('who')]), {
      uid: NOBODY,
      gid: NOBODY,
    })
    const script = 'umask 027; mkdir "$0/folder"; umask 077; : > "$0/file"'
    await mounted.run('setpriv', [...AS_NOBODY, 'sh', '-c', script, mounted.mountpoint])
    const nobody = { uid: NOBODY, gid: NOBODY }
    t.match(mounted.events<Caller>(), [
      { path: '/folder', mode: 0o750, umask: 0o027, ...nobody },
      { path: '/file', mode: 0o600, umask: 0o077, ...nobody },
    ])
  },
)

testMount(
  'without allow_other only the user who mounts may use the mount',
  { filesystem, workers: 1 },
  async (t, mounted) => {
    const { code, stderr } = await mounted.attempt('setpriv', [
      ...AS_NOBODY,
      'cat',
      mounted.path('who'),
    ])
    t.not(code, 0)
    t.match(stderr, /Permission denied/)
    t.match(await mounted.run('cat', [mounted.path('who')]), /"uid":0/)
  },
)
