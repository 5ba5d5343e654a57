// A daemon that may open few files: 64 descriptors are enough for 4 workers; where they are not, it says so.

import t from 'tap'
import { COMMAND, CommandPlace } from '../../cli/command-place.js'
import { whyNoMounts } from '../../support/mount-environment.js'
import { waitUntil } from '../../support/wait-until.js'
import { TRANSPORT } from './support/scenario.js'

const limited = (most: number, place: CommandPlace): [string, string[]] => [
  'sh',
  [
    '-c',
    `ulimit -n ${most}; exec "$@"`,
    'sh',
    process.execPath,
    COMMAND,
    'mount',
    'loopback',
    place.mountpoint,
    '--set',
    `source=${place.folder}/source`,
    '--workers',
    '4',
    '--transport',
    TRANSPORT,
    '--foreground',
  ],
]

void t.test(
  `${TRANSPORT}: with 64 descriptors 4 workers start, and serve files that are many`,
  { skip: whyNoMounts(), timeout: 200_000 },
  async (t) => {
    const place = CommandPlace.make(t)
    await place.run('mkdir', 'source')
    const running = place.start(...limited(64, place))
    await waitUntil('it has mounted', () => running.log().includes('\n'))
    t.match(running.log(), / on .*4 workers/)
    const script =
      'for i in $(seq 200); do echo $i > f$i; done; exec 3< f1 4< f2 5< f3; cat f* | sort -n | tail -1'
    const { stdout, stderr } = await place.run('sh', '-c', `cd ${place.mountpoint} && ${script}`)
    t.same({ stdout, stderr }, { stdout: '200\n', stderr: '' })
    running.child.kill('SIGTERM')
    t.equal((await running.ended).code, 0, running.log())
    t.notOk(place.isMounted)
  },
)

for (const most of [20, 28, 40]) {
  void t.test(
    `${TRANSPORT}: with ${most} descriptors the mount is refused, in a line that says why`,
    { skip: whyNoMounts(), timeout: 200_000 },
    async (t) => {
      const place = CommandPlace.make(t)
      await place.run('mkdir', 'source')
      const { code, stderr } = await place.start(...limited(most, place)).ended
      t.not(code, 0)
      t.match(stderr, /^fuseloop: .* file descriptors.* ulimit -n/)
      t.equal(stderr.trimEnd().split('\n').length, 1, 'one line')
      t.notOk(place.isMounted)
    },
  )
}
