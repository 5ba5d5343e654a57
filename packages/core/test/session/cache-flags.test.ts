import {
  type CacheChoice,
  CachePolicy,
  type FlagPreferences,
  resolveCache,
  withCacheFlags,
} from '@fuseloop/core/session'
import t from 'tap'

function flags(choice: CacheChoice, lists: FlagPreferences = {}): FlagPreferences {
  return withCacheFlags(lists, resolveCache(choice))
}

t.test('what each profile asks of INIT', async (t) => {
  t.strictSame(flags('ttl'), { want: [], require: [], refuse: ['EXPLICIT_INVAL_DATA'] })
  t.strictSame(flags('closeToOpen'), flags('ttl'))
  t.strictSame(flags('none'), {
    want: ['DIRECT_IO_ALLOW_MMAP'],
    require: [],
    refuse: ['EXPLICIT_INVAL_DATA', 'NO_OPEN_SUPPORT'],
  })
  t.strictSame(flags('immutable'), {
    want: ['CACHE_SYMLINKS'],
    require: ['EXPLICIT_INVAL_DATA'],
    refuse: ['AUTO_INVAL_DATA'],
  })
  t.strictSame(flags('writeback'), {
    want: ['CACHE_SYMLINKS'],
    require: ['WRITEBACK_CACHE'],
    refuse: ['EXPLICIT_INVAL_DATA'],
  })
  t.strictSame(flags({ autoInvalidate: 'off' }).refuse, ['AUTO_INVAL_DATA', 'EXPLICIT_INVAL_DATA'])
})

t.test('the filesystem’s own lists stay', async (t) => {
  const lists = { want: ['DONT_MASK'], require: ['ASYNC_DIO'], refuse: ['BIG_WRITES'] } as const
  t.strictSame(flags('none', lists), {
    want: ['DONT_MASK', 'DIRECT_IO_ALLOW_MMAP'],
    require: ['ASYNC_DIO'],
    refuse: ['BIG_WRITES', 'EXPLICIT_INVAL_DATA', 'NO_OPEN_SUPPORT'],
  })
  const without = flags('none', { refuse: ['DIRECT_IO_ALLOW_MMAP'] })
  t.strictSame(without.want, [], 'what is only wanted gives way')
})

for (const [choice, lists, message] of [
  [
    'ttl',
    { want: ['EXPLICIT_INVAL_DATA'] },
    "autoInvalidate 'auto' cannot go with the INIT flag EXPLICIT_INVAL_DATA, which is asked for",
  ],
  [
    { autoInvalidate: 'explicit' },
    { require: ['AUTO_INVAL_DATA'] },
    "autoInvalidate 'explicit' cannot go with the INIT flag AUTO_INVAL_DATA, which is asked for",
  ],
  [
    { directIo: true, sharedMmap: true },
    { refuse: ['DIRECT_IO_ALLOW_MMAP'] },
    'directIo with sharedMmap needs the INIT flag DIRECT_IO_ALLOW_MMAP, which is refused',
  ],
  [
    'none',
    { want: ['NO_OPEN_SUPPORT'] },
    'directIo cannot go with the INIT flag NO_OPEN_SUPPORT, which is asked for',
  ],
  [
    'writeback',
    { refuse: ['WRITEBACK_CACHE'] },
    'writeback needs the INIT flag WRITEBACK_CACHE, which is refused',
  ],
  [
    { keepCache: true },
    { want: ['PASSTHROUGH'] },
    'keepCache cannot go with the INIT flag PASSTHROUGH, which is asked for',
  ],
  [
    { profile: 'writeback', keepCache: false },
    { require: ['PASSTHROUGH'] },
    'writeback cannot go with the INIT flag PASSTHROUGH, which is asked for',
  ],
  [
    'ttl',
    { want: ['PASSTHROUGH', 'WRITEBACK_CACHE'] },
    'writeback cannot go with the INIT flag PASSTHROUGH, which is asked for',
  ],
] as const) {
  t.test(`refused: ${message}`, async (t) => {
    t.throws(() => flags(choice, lists as FlagPreferences), {
      code: 'ERR_FUSE_BAD_CACHE',
      message: `cache: ${message}`,
    })
  })
}

const KEEP = 0x2
const DIRECT = 0x1
const CACHE_DIR = 0x8

t.test('flags of opens are the profile’s, unless the handler says otherwise', async (t) => {
  const policy = (choice: CacheChoice) => new CachePolicy(resolveCache(choice))
  t.equal(policy('none').openFlags({}), DIRECT)
  t.equal(policy('closeToOpen').openFlags({}), KEEP)
  t.equal(policy('ttl').openFlags({}), 0)
  t.equal(policy('immutable').openFlags({}), KEEP)
  t.equal(policy('writeback').openFlags({}), KEEP)
  t.equal(policy('none').openFlags({ directIo: false, keepCache: true }), KEEP)
  t.equal(policy('immutable').openFlags({ directIo: true, keepCache: false }), DIRECT)
  t.equal(policy('ttl').directoryFlags({}), 0)
  t.equal(policy('immutable').directoryFlags({}), CACHE_DIR | KEEP)
  t.equal(policy('immutable').directoryFlags({ keepCache: false }), 0)
  t.equal(policy('none').directoryFlags({ keepCache: true }), CACHE_DIR | KEEP)
})
