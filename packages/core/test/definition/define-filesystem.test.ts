import {
  cacheChoiceOf,
  defineFilesystem,
  defineInodeFilesystem,
  type FilesystemDefinition,
  isFilesystemDefinition,
} from '@fuseloop/core'
import { MemoryNodeTable, MemoryNotificationChannel, SessionNotifier } from '@fuseloop/core/session'
import t from 'tap'

const GIVEN = {
  options: {},
  worker: 0,
  log: () => undefined,
  notifier: new SessionNotifier(
    new MemoryNotificationChannel(),
    new MemoryNodeTable(),
    () => undefined,
  ),
  services: undefined,
}

t.test('a definition knows its level', async (t) => {
  t.equal(defineFilesystem({ create: () => ({}) }).level, 'path')
  t.equal(defineInodeFilesystem({ create: () => ({}) }).level, 'inode')
})

t.test('what is left out has its default', async (t) => {
  const definition = defineFilesystem({ create: () => ({}) })
  t.equal(definition.encoding, 'utf8')
  t.same(definition.options, {})
  t.same(definition.cache, {})
  t.same(definition.flags, { want: [], require: [], refuse: [] })
})

t.test("the filesystem's own options may decide what is cached", async (t) => {
  const definition = defineFilesystem({
    options: { fresh: { type: 'boolean', default: false } },
    cache: ({ fresh }) => (fresh ? 'none' : { entryTimeoutMs: 5 }),
    create: () => ({}),
  })
  t.equal(cacheChoiceOf(definition, { fresh: true }), 'none')
  t.same(cacheChoiceOf(definition, { fresh: false }), { entryTimeoutMs: 5 })
})

t.test('what is given is kept', async (t) => {
  const definition = defineInodeFilesystem({
    options: { root: { type: 'path', required: true } },
    encoding: 'buffer',
    cache: { entryTimeoutMs: 5, negativeTimeoutMs: 7 },
    want: ['CACHE_SYMLINKS'],
    require: ['MAX_PAGES'],
    refuse: ['ASYNC_READ'],
    create: () => ({}),
  })
  t.equal(definition.encoding, 'buffer')
  t.same(definition.options, { root: { type: 'path', required: true } })
  t.same(definition.cache, { entryTimeoutMs: 5, negativeTimeoutMs: 7 })
  t.same(definition.flags, {
    want: ['CACHE_SYMLINKS'],
    require: ['MAX_PAGES'],
    refuse: ['ASYNC_READ'],
  })
})

t.test('a definition is inert until create is called, once per worker', async (t) => {
  const seen: number[] = []
  const definition = defineFilesystem({
    create: ({ worker }) => {
      seen.push(worker)
      return {}
    },
  })
  t.same(seen, [])
  await definition.create(GIVEN)
  await definition.create({ ...GIVEN, worker: 1 })
  t.same(seen, [0, 1])
})

t.test('create gives its handlers, at once or later', async (t) => {
  const handlers = { statfs: () => ({}) as never }
  t.equal(await defineFilesystem({ create: () => handlers }).create(GIVEN), handlers)
  t.equal(await defineFilesystem({ create: async () => handlers }).create(GIVEN), handlers)
})

t.test('an error of create is a rejection, also when it is thrown', async (t) => {
  const error = new Error('planned')
  const fails = (): never => {
    throw error
  }
  await t.rejects(defineFilesystem({ create: fails }).create(GIVEN), error)
  await t.rejects(defineFilesystem({ create: async () => fails() }).create(GIVEN), error)
})

t.test('a definition is known by its brand, of any copy of the package', async (t) => {
  const foreign = Object.defineProperty({}, Symbol.for('fuseloop.definition'), { value: true })
  t.equal(isFilesystemDefinition(defineFilesystem({ create: () => ({}) })), true)
  t.equal(isFilesystemDefinition(foreign), true)
})

t.test('what looks like a definition is none', async (t) => {
  const made: FilesystemDefinition = defineFilesystem({ create: () => ({}) })
  for (const value of [null, undefined, 'path', {}, () => undefined, { ...made }]) {
    t.equal(isFilesystemDefinition(value), false)
  }
})
