// INIT flags that change which requests come, on the kernel of this machine.

import { testMountInAllLoops } from '../support/mount-test.js'

testMountInAllLoops(
  'NO_OPEN_SUPPORT and NO_OPENDIR_SUPPORT: each is asked once, then never again',
  { filesystem: new URL('./filesystems/handle-free.js', import.meta.url) },
  async (t, mounted) => {
    const seen = await mounted.call(({ fs }, folder) => {
      const texts: string[] = []
      for (let turn = 0; turn < 5; turn++) {
        for (const name of fs.readdirSync(folder))
          texts.push(fs.readFileSync(`${folder}/${name}`, 'utf8'))
      }
      return texts.join('')
    }, mounted.mountpoint)
    t.equal(seen, 'first\nsecond\n'.repeat(5))
    const { operations, parameters } = await mounted.status()
    const counts = Object.fromEntries(operations.map(({ name, count }) => [name, count]))
    t.ok((counts['READ'] ?? 0) >= 2)
    for (const opcode of ['OPEN', 'OPENDIR']) t.ok((counts[opcode] ?? 0) <= 1, opcode)
    for (const opcode of ['RELEASE', 'RELEASEDIR', 'FLUSH'])
      t.ok((counts[opcode] ?? 0) <= 1, opcode)
    t.ok(parameters.granted.includes('NO_OPEN_SUPPORT'))
    for (const name of ['CACHE_SYMLINKS', 'ALLOW_IDMAP', 'HAS_RESEND', 'HAS_EXPIRE_ONLY'] as const)
      t.equal(parameters.granted.includes(name), parameters.offered.includes(name), name)
    t.equal(mounted.daemon.log, '', 'nothing was worth a line in the log')
  },
)
