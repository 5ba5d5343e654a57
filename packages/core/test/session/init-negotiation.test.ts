import { InitFlag, type InitFlagName, type InitIn } from '@fuseloop/core/protocol'
import {
  DEFAULT_WISHES,
  FLAG_DUTIES,
  negotiateInit,
  type SessionWishes,
} from '@fuseloop/core/session'
import * as fc from 'fast-check'
import t from 'tap'

const ALL: InitIn = {
  major: 7,
  minor: 45,
  maxReadahead: 131072,
  flagsLow: 0xffffffff,
  flagsHigh: 0x7ff,
}
const NAMES = Object.keys(InitFlag) as InitFlagName[]

function offer(change: Partial<InitIn> = {}): InitIn {
  return { ...ALL, ...change }
}

function wishes(change: Partial<SessionWishes> = {}): SessionWishes {
  return { ...DEFAULT_WISHES, ...change }
}

function has(answer: { flagsLow: number; flagsHigh: number }, name: InitFlagName): boolean {
  const bit = InitFlag[name]
  return ((bit < 32 ? answer.flagsLow >>> bit : answer.flagsHigh >>> (bit - 32)) & 1) === 1
}

/** Flags offered without those named. */
function without(...names: InitFlagName[]): InitIn {
  let { flagsLow, flagsHigh } = ALL
  for (const name of names) {
    const bit = InitFlag[name]
    if (bit < 32) flagsLow = (flagsLow & ~(1 << bit)) >>> 0
    else flagsHigh &= ~(1 << (bit - 32))
  }
  return offer({ flagsLow, flagsHigh })
}

for (let minor = 31; minor <= 46; minor++) {
  t.test(`a kernel of protocol 7.${minor} is served`, async (t) => {
    const { parameters } = negotiateInit(offer({ minor }), wishes())
    t.equal(parameters.kernelMinor, minor)
    t.equal(parameters.minor, Math.min(minor, 45))
  })
}

for (const [major, minor] of [
  [7, 30],
  [7, 0],
  [6, 45],
  [8, 0],
  [8, 45],
] as const) {
  t.test(
    `a kernel of protocol ${major}.${minor} is refused, and told what is needed`,
    async (t) => {
      t.throws(() => negotiateInit(offer({ major, minor }), wishes()), {
        code: 'ERR_FUSE_UNSUPPORTED_KERNEL',
        message: `the kernel speaks FUSE ${major}.${minor}; 7.31 or newer is needed (Linux 5.4)`,
      })
    },
  )
}

t.test('what is always wanted is granted where offered', async (t) => {
  const answer = negotiateInit(offer(), wishes())
  t.same(answer.parameters.granted, [
    'ASYNC_READ',
    'BIG_WRITES',
    'AUTO_INVAL_DATA',
    'DO_READDIRPLUS',
    'READDIRPLUS_AUTO',
    'ASYNC_DIO',
    'PARALLEL_DIROPS',
    'ABORT_ERROR',
    'MAX_PAGES',
    'SETXATTR_EXT',
    'INIT_EXT',
    'HAS_RESEND',
  ])
  const fewer = negotiateInit(without('ASYNC_DIO', 'ABORT_ERROR'), wishes())
  t.equal(has(fewer, 'ASYNC_DIO'), false)
  t.equal(has(fewer, 'ABORT_ERROR'), false)
  t.equal(has(fewer, 'ASYNC_READ'), true)
  t.notOk(fewer.parameters.offered.includes('ASYNC_DIO'))
})

t.test('nothing is granted that the kernel does not offer', async (t) => {
  const { parameters, flagsLow, flagsHigh } = negotiateInit(
    offer({ flagsLow: 0, flagsHigh: 0 }),
    wishes({ want: ['CACHE_SYMLINKS', 'HAS_EXPIRE_ONLY'] }),
  )
  t.same(parameters.granted, [])
  t.same([flagsLow, flagsHigh], [0, 0])
})

t.test('a wanted flag is asked for if offered, in either word', async (t) => {
  const want = ['CACHE_SYMLINKS', 'HAS_EXPIRE_ONLY'] as const
  const answer = negotiateInit(offer(), wishes({ want }))
  t.ok(want.every((name) => has(answer, name)))
  const missing = negotiateInit(without(...want), wishes({ want }))
  t.notOk(want.some((name) => has(missing, name)))
})

t.test('a required flag is asked for, and its absence is an error that names it', async (t) => {
  const require = ['CACHE_SYMLINKS', 'HAS_EXPIRE_ONLY'] as const
  const answer = negotiateInit(offer(), wishes({ require }))
  t.ok(require.every((name) => has(answer, name)))
  for (const name of require) {
    t.throws(() => negotiateInit(without(name), wishes({ require })), {
      code: 'ERR_FUSE_UNSUPPORTED_KERNEL',
      message: `the required INIT flag ${name} cannot be had: this kernel does not offer it`,
    })
  }
})

t.test('a refused flag is never asked for', async (t) => {
  const answer = negotiateInit(offer(), wishes({ refuse: ['ASYNC_READ', 'PARALLEL_DIROPS'] }))
  t.equal(has(answer, 'ASYNC_READ'), false)
  t.equal(has(answer, 'PARALLEL_DIROPS'), false)
  t.ok(answer.parameters.offered.includes('ASYNC_READ'), 'though it is offered')
  t.doesNotThrow(() => negotiateInit(without('ASYNC_READ'), wishes({ refuse: ['ASYNC_READ'] })))
})

t.test('a flag that is asked for and refused is an error that names it', async (t) => {
  for (const key of ['want', 'require'] as const) {
    const contrary = { [key]: ['CACHE_SYMLINKS'], refuse: ['CACHE_SYMLINKS'] } as const
    t.throws(() => negotiateInit(offer(), wishes(contrary)), {
      code: 'ERR_FUSE_BAD_FLAG',
      message: 'INIT flag CACHE_SYMLINKS is both asked for and refused',
    })
  }
})

t.test('a flag whose duties nobody fulfils is refused by name', async (t) => {
  const names = NAMES.filter((name) => FLAG_DUTIES[name].default === 'never')
  t.ok(names.includes('MAP_ALIGNMENT') && names.includes('SUBMOUNTS'))
  for (const name of names) {
    for (const key of ['want', 'require'] as const) {
      t.throws(() => negotiateInit(offer(), wishes({ [key]: [name] })), {
        code: 'ERR_FUSE_BAD_FLAG',
        message: `INIT flag ${name} cannot be honoured: ${FLAG_DUTIES[name].unsupported}`,
      })
    }
    t.doesNotThrow(() => negotiateInit(offer(), wishes({ refuse: [name] })), 'refusing it is fine')
  }
})

t.test('an unknown flag is an error that names it, in any list', async (t) => {
  for (const name of ['NO_SUCH_FLAG', 'async_read', '', 'toString', 'constructor']) {
    for (const key of ['want', 'require', 'refuse'] as const) {
      const asked = { [key]: [name as InitFlagName] }
      t.throws(
        () => negotiateInit(offer(), wishes(asked)),
        { code: 'ERR_FUSE_BAD_FLAG', message: `unknown INIT flag ${name}` },
        `${key} ${name}`,
      )
    }
  }
})

t.test('flags of the upper word need INIT_EXT', async (t) => {
  const refuse = ['INIT_EXT'] as const
  for (const key of ['want', 'require'] as const) {
    t.throws(() => negotiateInit(offer(), wishes({ [key]: ['HAS_EXPIRE_ONLY'], refuse })), {
      code: 'ERR_FUSE_BAD_FLAG',
      message: 'INIT flag HAS_EXPIRE_ONLY cannot be honoured: it needs INIT_EXT, which is refused',
    })
  }
  t.equal(negotiateInit(offer(), wishes({ refuse })).flagsHigh, 0)
})

t.test('the size of a WRITE is what both sides can do', async (t) => {
  const sizes = (maxWrite: number, given = offer()) => {
    const { parameters } = negotiateInit(given, wishes({ maxWrite }))
    return [parameters.maxWrite, parameters.maxPages]
  }
  t.same(sizes(1048576), [1048576, 256])
  t.same(sizes(4096), [4096, 2], 'a page more, for buffers that begin within one')
  t.same(sizes(100_000), [100_000, 26], 'pages are rounded up')
  t.same(sizes(2 ** 21), [1048576, 256], 'no more than 256 pages')
  t.same(sizes(1048576, without('MAX_PAGES')), [131072, 32], 'the kernel has 32 without MAX_PAGES')
  t.same(sizes(65536, without('MAX_PAGES')), [65536, 32])
})

t.test('read-ahead is the kernel’s, background requests are the daemon’s', async (t) => {
  const { parameters } = negotiateInit(offer({ maxReadahead: 4096 }), wishes({ maxBackground: 12 }))
  t.equal(parameters.maxReadahead, 4096)
  t.equal(parameters.maxBackground, 12)
})

t.test('the answer’s words are the granted flags, and those are offered, not refused', async () => {
  const flags = fc.subarray(NAMES)
  const words = fc.tuple(
    fc.integer({ min: 0, max: 0xffffffff }),
    fc.integer({ min: 0, max: 0x7ff }),
  )
  await fc.assert(
    fc.property(words, flags, ([flagsLow, flagsHigh], refuse) => {
      const answer = negotiateInit(offer({ flagsLow, flagsHigh }), wishes({ refuse }))
      const { granted, offered } = answer.parameters
      return (
        NAMES.every((name) => has(answer, name) === granted.includes(name)) &&
        granted.every((name) => offered.includes(name) && !refuse.includes(name)) &&
        answer.flagsLow >= 0 &&
        answer.flagsHigh >= 0
      )
    }),
    { seed: 74, numRuns: 500 },
  )
})
