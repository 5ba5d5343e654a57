import { allOperations } from '@fuseloop/core/dispatch'
import { InitFlag, type InitFlagName } from '@fuseloop/core/protocol'
import {
  DEFAULT_WISHES,
  FLAG_DUTIES,
  negotiateInit,
  type SessionWishes,
} from '@fuseloop/core/session'
import { MemoryKernel, offeredFlags } from '@fuseloop/core/testing'
import t from 'tap'

const NAMES = Object.keys(InitFlag) as InitFlagName[]
/** Those that Linux 6.18 offers on /dev/fuse. */
const OFFERED = NAMES.filter((name) => (offeredFlags(45) >> BigInt(InitFlag[name])) & 1n)
const METHODS = allOperations().map(({ method }) => method)
const OPTIONS = ['default_permissions']

function negotiate(change: Partial<SessionWishes>, flags = offeredFlags(45)) {
  const offer = {
    major: 7,
    minor: 45,
    maxReadahead: 131072,
    flagsLow: Number(flags & 0xffffffffn),
    flagsHigh: Number(flags >> 32n),
  }
  return negotiateInit(offer, { ...DEFAULT_WISHES, ...change }).parameters
}

t.test('every flag of the protocol has a row', async (t) => {
  t.strictSame(Object.keys(FLAG_DUTIES), NAMES)
  for (const name of NAMES) t.ok(FLAG_DUTIES[name].duty.length > 5, name)
})

t.test('a row is never asked for if, and only if, it says why', async (t) => {
  for (const name of NAMES) {
    const { default: when, unsupported } = FLAG_DUTIES[name]
    t.equal(when === 'never', unsupported !== undefined, name)
  }
})

t.test('what no kernel offers on /dev/fuse is never asked for', async (t) => {
  for (const name of NAMES)
    if (!OFFERED.includes(name)) t.equal(FLAG_DUTIES[name].default, 'never', name)
})

t.test('the methods that rows name are methods of operations', async (t) => {
  for (const name of NAMES) {
    const { default: when, needs } = FLAG_DUTIES[name]
    if (when === 'never') continue
    for (const method of [...(needs?.methods ?? []), ...(needs?.noMethods ?? [])])
      t.ok(
        METHODS.some((known) => known === method),
        `${name}: ${method}`,
      )
  }
})

t.test('what is excluded and needed makes sense', async (t) => {
  for (const name of NAMES) {
    const { needs, excludes = [] } = FLAG_DUTIES[name]
    t.notOk(excludes.includes(name), `${name} does not exclude itself`)
    for (const needed of needs?.flags ?? []) {
      t.notOk(excludes.includes(needed), `${name} does not exclude what it needs`)
      t.notOk(FLAG_DUTIES[needed].excludes?.includes(name) ?? false, `nor does ${needed}`)
    }
  }
})

for (let minor = 31; minor <= 45; minor++) {
  t.test(`a kernel of 7.${minor} offers what the rows say it has`, async (t) => {
    const flags = offeredFlags(minor)
    for (const name of OFFERED) {
      const isOffered = ((flags >> BigInt(InitFlag[name])) & 1n) === 1n
      t.equal(isOffered, FLAG_DUTIES[name].since <= minor, name)
    }
  })

  t.test(`a kernel of 7.${minor} takes the answer with all that can be asked for`, async (t) => {
    const kernel = new MemoryKernel({ minor, defaultPermissions: true })
    const want = NAMES.filter(
      (name) =>
        FLAG_DUTIES[name].default === 'onDemand' &&
        !['EXPLICIT_INVAL_DATA', 'NO_EXPORT_SUPPORT', 'FLOCK_LOCKS', 'WRITEBACK_CACHE'].includes(
          name,
        ),
    )
    const parameters = kernel.initialize({ want, mountOptions: OPTIONS })
    const expected = NAMES.filter(
      (name) =>
        OFFERED.includes(name) &&
        FLAG_DUTIES[name].default !== 'never' &&
        FLAG_DUTIES[name].since <= minor &&
        (want.includes(name) || FLAG_DUTIES[name].default === 'asked'),
    )
    t.strictSame(parameters.granted, expected)
    t.equal(
      kernel.connection.negotiated?.flags,
      expected.reduce((word, name) => word | (1n << BigInt(InitFlag[name])), 0n),
    )
    for (const name of want) {
      if (FLAG_DUTIES[name].since <= minor) continue
      t.equal(
        parameters.reasons[name],
        `it came with protocol 7.${FLAG_DUTIES[name].since}, this kernel speaks 7.${minor}`,
      )
    }
  })
}

t.test('PASSTHROUGH goes without write-back, and to a privileged daemon alone', async (t) => {
  const privileged = negotiate({ want: ['PASSTHROUGH'], isPrivileged: true })
  t.ok(privileged.granted.includes('PASSTHROUGH'))
  t.equal(privileged.maxStackDepth, 1)
  t.equal(negotiate({ want: ['PASSTHROUGH'], maxStackDepth: 2 }).maxStackDepth, 2)
  const reason = 'the daemon has no CAP_SYS_ADMIN in the initial user namespace'
  const ordinary = negotiate({ want: ['PASSTHROUGH'], isPrivileged: false })
  t.equal(ordinary.reasons.PASSTHROUGH, reason)
  t.equal(ordinary.maxStackDepth, 0)
  t.throws(() => negotiate({ require: ['PASSTHROUGH'], isPrivileged: false }), {
    code: 'ERR_FUSE_UNSUPPORTED_KERNEL',
    message: `the required INIT flag PASSTHROUGH cannot be had: ${reason}`,
  })
  t.throws(() => negotiate({ want: ['PASSTHROUGH', 'WRITEBACK_CACHE'] }), {
    code: 'ERR_FUSE_BAD_FLAG',
    message: 'INIT flags PASSTHROUGH and WRITEBACK_CACHE exclude each other',
  })
  t.throws(() => negotiate({ want: ['PASSTHROUGH'], methods: ['create'] }), {
    message: 'INIT flag PASSTHROUGH cannot be honoured: the handlers have no open',
  })
})

t.test('each flag is granted, or has its reason', async (t) => {
  const { granted, asked, reasons } = negotiate({ want: ['DONT_MASK'], refuse: ['ASYNC_DIO'] })
  for (const name of NAMES) t.equal(granted.includes(name), reasons[name] === undefined, name)
  t.ok(asked.includes('DONT_MASK'))
  t.notOk(asked.includes('ASYNC_DIO'))
  t.match(reasons, {
    ASYNC_DIO: 'the filesystem refuses it',
    CACHE_SYMLINKS: 'nobody asked for it',
    SUBMOUNTS: 'only virtiofs has it',
  })
})

t.test('flags that exclude each other cannot both be asked for', async (t) => {
  for (const name of NAMES) {
    for (const other of FLAG_DUTIES[name].excludes ?? []) {
      if ([name, other].some((flag) => FLAG_DUTIES[flag].default === 'never')) continue
      for (const both of [
        [name, other],
        [other, name],
      ] as const) {
        t.throws(() => negotiate({ want: [both[0]], require: [both[1]] }), {
          code: 'ERR_FUSE_BAD_FLAG',
          message: /^INIT flags \w+ and \w+ exclude each other$/,
        })
      }
    }
  }
})

t.test(
  'a default gives way to a flag that excludes it, where the kernel has that one',
  async (t) => {
    const explicit = negotiate({ want: ['EXPLICIT_INVAL_DATA'] })
    t.ok(explicit.granted.includes('EXPLICIT_INVAL_DATA'))
    t.notOk(explicit.granted.includes('AUTO_INVAL_DATA'))
    t.equal(explicit.reasons.AUTO_INVAL_DATA, 'EXPLICIT_INVAL_DATA excludes it')
    const bit = 1n << BigInt(InitFlag.EXPLICIT_INVAL_DATA)
    const without = negotiate({ want: ['EXPLICIT_INVAL_DATA'] }, offeredFlags(45) & ~bit)
    t.ok(without.granted.includes('AUTO_INVAL_DATA'))
  },
)

t.test('a flag needs the methods of its row', async (t) => {
  for (const name of NAMES) {
    const { default: when, needs } = FLAG_DUTIES[name]
    if (when === 'never' || needs?.methods === undefined) continue
    const methods = METHODS.filter((method) => method !== needs.methods?.[0])
    t.throws(() => negotiate({ want: [name], methods }), {
      code: 'ERR_FUSE_BAD_FLAG',
      message: `INIT flag ${name} cannot be honoured: the handlers have no ${needs.methods[0]}`,
    })
    t.ok(negotiate({ want: [name], methods: METHODS }).granted.includes(name), name)
  }
})

t.test('NO_OPEN_SUPPORT is for handlers that know nothing of open files', async (t) => {
  for (const method of ['open', 'create', 'tmpfile', 'release', 'flush']) {
    t.throws(() => negotiate({ want: ['NO_OPEN_SUPPORT'], methods: ['read', method] }), {
      code: 'ERR_FUSE_BAD_FLAG',
      message: `INIT flag NO_OPEN_SUPPORT cannot be honoured: the handlers have ${method}`,
    })
  }
  const { granted } = negotiate({ want: ['NO_OPEN_SUPPORT'], methods: ['read', 'getattr'] })
  t.ok(granted.includes('NO_OPEN_SUPPORT'))
})

t.test(
  'ALLOW_IDMAP is refused without default_permissions, which the kernel insists on',
  async (t) => {
    t.throws(() => negotiate({ want: ['ALLOW_IDMAP'], mountOptions: ['allow_other'] }), {
      code: 'ERR_FUSE_BAD_FLAG',
      message:
        'INIT flag ALLOW_IDMAP cannot be honoured: it needs the mount option default_permissions',
    })
    const kernel = new MemoryKernel({ defaultPermissions: false })
    t.throws(() => kernel.initialize({ want: ['ALLOW_IDMAP'] }), /refuses the answer/)
  },
)
