import {
  backgroundFor,
  checkLimits,
  pagesFor,
  resolveLimits,
  type SessionLimits,
} from '@fuseloop/core/session'
import { MemoryKernel, type MemoryKernelOptions } from '@fuseloop/core/testing'
import t from 'tap'

t.test('what is not said has a default, or is the kernel’s', async (t) => {
  t.strictSame(resolveLimits(), {
    maxWrite: 1048576,
    maxBackground: 64,
    congestionThreshold: 48,
    timeGranularity: 1,
    requestTimeout: 0,
    maxStackDepth: 1,
  })
  t.strictSame(resolveLimits(undefined, {}), resolveLimits())
})

t.test(
  'many workers have more background requests, within three quarters of the slots',
  async (t) => {
    t.same([1, 4, 8, 16, 24, 64].map(backgroundFor), [64, 64, 64, 128, 192, 192])
  },
)

t.test('later limits go over earlier ones, one by one', async (t) => {
  const limits = resolveLimits({ maxWrite: 4096, maxBackground: 8 }, { maxBackground: 100 })
  t.match(limits, { maxWrite: 4096, maxBackground: 100, congestionThreshold: 75 })
  t.equal(resolveLimits({ maxBackground: 1 }).congestionThreshold, 1)
  const absent = { maxWrite: undefined } as unknown as SessionLimits
  t.equal(resolveLimits({ maxWrite: 8192 }, absent).maxWrite, 8192)
})

const RANGES = {
  maxWrite: [4096, 1048576],
  maxReadahead: [0, 0xffffffff],
  maxBackground: [1, 65535],
  congestionThreshold: [1, 65535],
  timeGranularity: [1, 1_000_000_000],
  requestTimeout: [0, 65535],
  maxStackDepth: [1, 2],
} as const

for (const [name, [least, most]] of Object.entries(RANGES)) {
  t.test(`${name} is from ${least} to ${most}`, async (t) => {
    for (const value of [least, most])
      t.strictSame(checkLimits({ [name]: value }), { [name]: value })
    for (const value of [least - 1, most + 1, least + 0.5, Number.NaN, `${least}`, null]) {
      t.throws(() => checkLimits({ [name]: value } as never), {
        code: 'ERR_FUSE_USAGE',
        message: `limits.${name}: ${String(value)} is no whole number from ${least} to ${most}`,
      })
    }
  })
}

t.test('unknown limits are refused by name', async (t) => {
  for (const name of ['maxPages', 'toString', ''])
    t.throws(() => checkLimits({ [name]: 5 } as never), {
      code: 'ERR_FUSE_USAGE',
      message: new RegExp(`^limits: there is no '${name}', only maxWrite, maxReadahead,`),
    })
})

t.test('congestion does not begin above what may be in flight', async (t) => {
  t.throws(() => resolveLimits({ maxBackground: 10, congestionThreshold: 11 }), {
    code: 'ERR_FUSE_USAGE',
    message: 'limits.congestionThreshold: 11 is above maxBackground, 10',
  })
  t.equal(resolveLimits({ maxBackground: 10, congestionThreshold: 10 }).congestionThreshold, 10)
})

t.test('a request has a page more than its bytes fill, where the kernel lets it', async (t) => {
  t.equal(pagesFor(1048576), 256, 'the limit of most kernels')
  t.equal(pagesFor(1048576, 512), 257)
  t.equal(pagesFor(131072), 33)
  t.equal(pagesFor(4096), 2)
  t.equal(pagesFor(4097), 3)
  t.equal(pagesFor(65536, 8), 8)
})

function negotiated(limits: SessionLimits, options: MemoryKernelOptions = {}) {
  const kernel = new MemoryKernel(options)
  const parameters = kernel.initialize(resolveLimits(limits))
  return { parameters, kernel: kernel.connection.negotiated }
}

t.test('the kernel is told all of them', async (t) => {
  const limits = {
    maxWrite: 131072,
    maxReadahead: 65536,
    maxBackground: 100,
    congestionThreshold: 20,
    timeGranularity: 1_000_000,
  }
  const { parameters, kernel } = negotiated(limits)
  const expected = { ...limits, maxPages: 33 }
  t.match(parameters, expected)
  t.match(kernel, expected)
})

t.test('read-ahead is at most what the kernel has', async (t) => {
  t.equal(negotiated({ maxReadahead: 2 ** 20 }).parameters.maxReadahead, 131072)
  t.equal(negotiated({}, { maxReadahead: 4096 }).parameters.maxReadahead, 4096)
})

t.test('a WRITE is no larger than the pages that the kernel allows', async (t) => {
  const { parameters, kernel } = negotiated({ maxWrite: 1048576 }, { maxPagesLimit: 16 })
  t.match(parameters, { maxWrite: 65536, maxPages: 16 })
  t.match(kernel, { maxWrite: 65536, maxPages: 16 })
})

t.test('a request timeout asks for REQUEST_TIMEOUT, and holds where it is granted', async (t) => {
  const { parameters } = negotiated({ requestTimeout: 60 })
  t.ok(parameters.granted.includes('REQUEST_TIMEOUT'))
  t.equal(parameters.requestTimeout, 60)
  const older = negotiated({ requestTimeout: 60 }, { minor: 42 }).parameters
  t.equal(older.requestTimeout, 0)
  t.match(older.reasons, { REQUEST_TIMEOUT: /^it came with protocol 7\.43/ })
  t.notOk(negotiated({}).parameters.granted.includes('REQUEST_TIMEOUT'))
  t.throws(
    () => new MemoryKernel().initialize({ requestTimeout: 60, refuse: ['REQUEST_TIMEOUT'] }),
    { code: 'ERR_FUSE_BAD_FLAG', message: /REQUEST_TIMEOUT is both asked for and refused/ },
  )
})
