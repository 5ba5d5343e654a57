import { testMount } from '../support/mount-test.js'

testMount(
  'the status tells what runs, and why nothing better',
  { filesystem: 'hello', workers: 2, transport: 'ring' },
  async (t, mounted) => {
    t.match(await mounted.status(), {
      transport: 'ring',
      transports: { uring: 'ring was asked for', direct: 'ring was asked for' },
      headOfLineBlocking: false,
    })
  },
)

testMount(
  'auto always mounts',
  { filesystem: 'hello', workers: 2, transport: 'auto' },
  async (t, mounted) => {
    const { transport, transports } = await mounted.status()
    const better = ['uring', 'direct', 'ring'].slice(
      0,
      ['uring', 'direct', 'ring'].indexOf(transport),
    )
    t.same(Object.keys(transports), better)
    t.equal(await mounted.run('cat', [mounted.path('hello')]), 'hello\n')
  },
)

testMount(
  'loop single runs on ring',
  { filesystem: 'hello', loop: 'single' },
  async (t, mounted) => {
    t.match(await mounted.status(), { transport: 'ring', headOfLineBlocking: true })
  },
)
