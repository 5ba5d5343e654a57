import {
  CACHE_PROFILES,
  type CacheChoice,
  type CacheProfileName,
  checkCacheChoice,
  resolveCache,
} from '@fuseloop/core/session'
import t from 'tap'

const PROFILES = Object.keys(CACHE_PROFILES) as CacheProfileName[]

t.test('a profile sets every knob', async (t) => {
  t.same(PROFILES, ['none', 'closeToOpen', 'ttl', 'immutable', 'writeback'])
  for (const profile of PROFILES)
    t.strictSame(resolveCache(profile), { profile, ...CACHE_PROFILES[profile] }, profile)
})

t.test(
  'nothing said is ttl: a second for names and attributes, each open reads anew',
  async (t) => {
    t.match(resolveCache(), {
      profile: 'ttl',
      entryTimeoutMs: 1000,
      attributesTimeoutMs: 1000,
      negativeTimeoutMs: 0,
      keepCache: false,
      directIo: false,
      autoInvalidate: 'auto',
      writeback: false,
    })
    t.strictSame(resolveCache(undefined, {}), resolveCache('ttl'))
  },
)

t.test('what a profile is about', async (t) => {
  const { none, closeToOpen, immutable, writeback } = CACHE_PROFILES
  t.match(none, { entryTimeoutMs: 0, attributesTimeoutMs: 0, directIo: true, keepCache: false })
  t.match(closeToOpen, { entryTimeoutMs: 0, keepCache: true, autoInvalidate: 'auto' })
  t.match(immutable, { keepCache: true, cacheSymlinks: true, autoInvalidate: 'explicit' })
  t.ok(immutable.entryTimeoutMs > 1e9 && immutable.negativeTimeoutMs > 1e9)
  t.match(writeback, { writeback: true, keepCache: true, remoteChanges: false })
})

t.test('knobs lie over a profile, in the order given', async (t) => {
  t.match(resolveCache({ profile: 'none', directIo: false }), { profile: 'none', directIo: false })
  t.match(resolveCache({ entryTimeoutMs: 5 }, { attributesTimeoutMs: 6 }), {
    entryTimeoutMs: 5,
    attributesTimeoutMs: 6,
  })
  t.equal(resolveCache({ entryTimeoutMs: 5 }, { entryTimeoutMs: 6 }).entryTimeoutMs, 6)
})

t.test('a profile takes the place of all that was said before', async (t) => {
  t.strictSame(resolveCache({ profile: 'none', negativeTimeoutMs: 5 }, 'ttl'), resolveCache('ttl'))
  t.equal(resolveCache('immutable', { entryTimeoutMs: 5 }).profile, 'immutable')
})

t.test('a knob without a value hides nothing', async (t) => {
  const absent = { entryTimeoutMs: undefined } as unknown as CacheChoice
  t.equal(resolveCache('none', absent).entryTimeoutMs, 0)
})

for (const [choice, message] of [
  ['fast', /profile is 'fast', expected one of none, closeToOpen, ttl, immutable, writeback/],
  [{ profile: 'fast' }, /profile is 'fast'/],
  [{ profile: 'toString' }, /profile is 'toString'/],
  [{ timeout: 5 }, /unknown knob timeout; there are profile, entryTimeoutMs/],
  [{ constructor: 5 }, /unknown knob constructor/],
  [{ entryTimeoutMs: -1 }, /entryTimeoutMs is -1, expected milliseconds from 0 to 2\^53-1/],
  [{ entryTimeoutMs: Number.NaN }, /entryTimeoutMs is NaN/],
  [{ attributesTimeoutMs: Number.POSITIVE_INFINITY }, /attributesTimeoutMs is Infinity/],
  [{ negativeTimeoutMs: '5' }, /negativeTimeoutMs is '5'/],
  [{ keepCache: 1 }, /keepCache is 1, expected true or false/],
  [{ autoInvalidate: 'on' }, /autoInvalidate is 'on', expected one of auto, explicit, off/],
  [5, /expected a profile or an object, got 5/],
] as const) {
  t.test(`refused: ${JSON.stringify(choice)}`, async (t) => {
    const refusal = { code: 'ERR_FUSE_BAD_CACHE', message }
    t.throws(() => resolveCache(choice as unknown as CacheChoice), refusal)
    t.throws(() => checkCacheChoice(choice as unknown as CacheChoice), refusal)
  })
}

t.test('write-back is refused where others change files', async (t) => {
  for (const choice of [
    { writeback: true },
    { profile: 'closeToOpen', writeback: true },
    { profile: 'writeback', remoteChanges: true },
  ] as const) {
    t.throws(() => resolveCache(choice), {
      code: 'ERR_FUSE_BAD_CACHE',
      message: /^cache: writeback with remoteChanges: .* say remoteChanges: false/,
    })
  }
  t.equal(resolveCache({ writeback: true, remoteChanges: false }).writeback, true)
  t.throws(() => resolveCache('writeback', { remoteChanges: true }), /writeback with remoteChanges/)
})

t.test('immutable is refused where others change files', async (t) => {
  t.throws(() => resolveCache({ profile: 'immutable', remoteChanges: true }), {
    code: 'ERR_FUSE_BAD_CACHE',
    message: /^cache: immutable with remoteChanges/,
  })
})
