import { type OptionSchema, type OptionSpec, readSettings } from '@fuseloop/core'
import * as fc from 'fast-check'
import t, { type Test } from 'tap'

const DIRECTORY = '/base'

function read(spec: OptionSpec, given: unknown): unknown {
  return readSettings({ option: spec }, { option: given }, DIRECTORY).option
}

/** Each value is refused with a message that names the option, the value and what it takes. */
function refuses(t: Test, spec: OptionSpec, values: readonly unknown[], takes: string): void {
  for (const value of values) {
    t.throws(
      () => read(spec, value),
      {
        code: 'ERR_FUSE_BAD_OPTION',
        message: `option 'option': ${JSON.stringify(value)} is not ${takes}`,
      },
      JSON.stringify(value),
    )
  }
}

t.test('a string is taken as it is', async (t) => {
  for (const text of ['', 'x', 'true', '5']) t.equal(read({ type: 'string' }, text), text)
  refuses(t, { type: 'string' }, [5, true, null, {}], 'a string')
})

t.test('a path is made absolute against the directory', async (t) => {
  t.equal(read({ type: 'path' }, 'x/y'), '/base/x/y')
  t.equal(read({ type: 'path' }, '../x'), '/x')
  t.equal(read({ type: 'path' }, '/x/./y'), '/x/y')
  refuses(t, { type: 'path' }, ['', 5, null], 'a path')
})

t.test('a number comes as number or text', async (t) => {
  const wanted = [
    [5, 5],
    [-1.5, -1.5],
    ['5', 5],
    ['-5', -5],
    ['1.25', 1.25],
    ['007', 7],
  ] as const
  for (const [given, value] of wanted) t.equal(read({ type: 'number' }, given), value)
  const bad = ['', ' 5', '5 ', '5K', '1e3', '0x10', '.5', '5.', '--5', 'five', true, null]
  refuses(t, { type: 'number' }, bad, 'a number')
  refuses(t, { type: 'number' }, ['9'.repeat(400)], 'a number')
  refuses(t, { type: 'number' }, [Number.NaN, Infinity], 'a number')
})

t.test('a boolean comes as boolean or word', async (t) => {
  for (const given of [true, 'true', 'yes', '1', 1]) t.equal(read({ type: 'boolean' }, given), true)
  for (const given of [false, 'false', 'no', '0', 0])
    t.equal(read({ type: 'boolean' }, given), false)
  const bad = ['', 'TRUE', 'on', '2', 2, null, {}]
  refuses(t, { type: 'boolean' }, bad, 'true or false')
})

t.test('a size is bytes, in binary units', async (t) => {
  const wanted = [
    [4096, 4096],
    ['4096', 4096],
    ['1K', 1024],
    ['64M', 64 * 1024 ** 2],
    ['1.5G', 1.5 * 1024 ** 3],
    ['2T', 2 * 1024 ** 4],
    ['0', 0],
  ] as const
  for (const [given, value] of wanted) t.equal(read({ type: 'size' }, given), value)
  const bad = ['', 'M', '1k', '1KB', '1 K', '1s', '1KK', true]
  refuses(t, { type: 'size' }, bad, 'a size such as 64M (K, M, G, T)')
})

t.test('a duration is milliseconds, in any unit', async (t) => {
  const wanted = [
    [250, 250],
    ['250', 250],
    ['250ms', 250],
    ['2s', 2000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
  ] as const
  for (const [given, value] of wanted) t.equal(read({ type: 'duration' }, given), value)
  const bad = ['', 's', '1S', '1min', '1 s', '1K', false]
  refuses(t, { type: 'duration' }, bad, 'a duration such as 2s (ms, s, m, h, d)')
})

t.test('an enum takes one of its values', async (t) => {
  const spec = { type: 'enum', values: ['fast', 'safe'] } as const
  t.equal(read(spec, 'safe'), 'safe')
  refuses(t, spec, ['', 'SAFE', 'f', 0, null], 'one of fast, safe')
})

t.test('names that objects inherit are no values and no units', async (t) => {
  const names = ['constructor', 'toString', 'hasOwnProperty', '__proto__']
  refuses(t, { type: 'boolean' }, names, 'true or false')
  const units = ['1constructor', '1toString', '1valueOf']
  refuses(t, { type: 'number' }, units, 'a number')
  refuses(t, { type: 'size' }, units, 'a size such as 64M (K, M, G, T)')
  refuses(t, { type: 'duration' }, units, 'a duration such as 2s (ms, s, m, h, d)')
})

t.test('a value that is not given is its default, converted too', async (t) => {
  const schema = {
    text: { type: 'string', default: 'x' },
    limit: { type: 'size', default: '1M' },
    wait: { type: 'duration', default: 5 },
    root: { type: 'path', default: 'data' },
    none: { type: 'number' },
  } as const satisfies OptionSchema
  t.same(readSettings(schema, {}, DIRECTORY), {
    text: 'x',
    limit: 1048576,
    wait: 5,
    root: '/base/data',
    none: undefined,
  })
  t.equal(readSettings(schema, { wait: '1s' }, DIRECTORY).wait, 1000)
})

t.test('a falsy value is given all the same', async (t) => {
  t.equal(read({ type: 'number', default: 5 }, 0), 0)
  t.equal(read({ type: 'string', default: 'x' }, ''), '')
  t.equal(read({ type: 'boolean', default: true }, false), false)
})

t.test('a default that does not fit is an error that names the option', async (t) => {
  const schema = { mode: { type: 'enum', values: ['a', 'b'], default: 'c' } } as const
  t.throws(() => readSettings(schema, {}, DIRECTORY), {
    code: 'ERR_FUSE_BAD_OPTION',
    message: `option 'mode': "c" is not one of a, b`,
  })
})

t.test('a required option that is missing is named, with what it takes', async (t) => {
  const schema = { root: { type: 'path', required: true } } as const
  const wanted = { code: 'ERR_FUSE_BAD_OPTION', message: "option 'root' is required (a path)" }
  t.throws(() => readSettings(schema, {}, DIRECTORY), wanted)
  t.throws(() => readSettings(schema, { root: undefined }, DIRECTORY), wanted)
  t.same(readSettings(schema, { root: '/x' }, DIRECTORY), { root: '/x' })
})

t.test('an unknown option is named, and so are those that exist', async (t) => {
  const schema = { root: { type: 'path' }, limit: { type: 'size' } } as const
  for (const name of ['rooot', 'toString', '']) {
    t.throws(() => readSettings(schema, { [name]: 'x' }, DIRECTORY), {
      code: 'ERR_FUSE_BAD_OPTION',
      message: `unknown option '${name}'; there is root, limit`,
    })
  }
  t.throws(() => readSettings({}, { x: 1 }, DIRECTORY), {
    code: 'ERR_FUSE_BAD_OPTION',
    message: "unknown option 'x'; this filesystem takes none",
  })
})

t.test('an option named as something that objects inherit is an option', async (t) => {
  const schema = { toString: { type: 'string' }, valueOf: { type: 'number', default: 3 } } as const
  const values: Record<string, unknown> = readSettings(schema, {}, DIRECTORY)
  t.equal(values['toString'], undefined)
  t.equal(values['valueOf'], 3)
})

t.test('any text gives a number or an error that names the option', async () => {
  const specs = fc.constantFrom<OptionSpec>(
    { type: 'number' },
    { type: 'size' },
    { type: 'duration' },
  )
  const texts = fc.oneof(fc.string(), fc.stringMatching(/^-?[0-9.]{1,4}[a-zA-Z]{0,3}$/))
  await fc.assert(
    fc.property(specs, texts, (spec, text) => {
      try {
        return Number.isFinite(read(spec, text))
      } catch (error) {
        return (error as Error).message.startsWith("option 'option': ")
      }
    }),
    { seed: 76, numRuns: 1000 },
  )
})
