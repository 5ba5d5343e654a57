// ring-layout.hpp and ring-layout.ts say the same. A program made here prints every constant of the header.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as layout from '@fuseloop/core/ring'
import t from 'tap'

const SOURCES = fileURLToPath(new URL('../src', import.meta.url))
const DEADLINE_MS = 300_000

t.setTimeout(2 * DEADLINE_MS)

const output = mkdtempSync(join(tmpdir(), 'fuseloop-layout-'))
t.teardown(() => rmSync(output, { recursive: true, force: true }))

/** kPageSize -> pageSize, also of enumerators. */
function plainName(constant: string): string {
  return constant.charAt(1).toLowerCase() + constant.slice(2)
}

/** pageSize -> PAGE_SIZE */
function shouted(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}

interface Declared {
  readonly constants: string[]
  readonly enumerators: string[]
}

/** Names in the header, with the namespace or enum that they stand in. */
function declaredNames(header: string): Declared {
  const constants: string[] = []
  const enumerators: string[] = []
  let scope = ''
  for (const line of header.split('\n')) {
    scope = /^namespace (\w+) \{/.exec(line)?.[1] ?? (line.startsWith('}') ? '' : scope)
    const constant = /^constexpr \w+ (k\w+) =/.exec(line)?.[1]
    if (constant !== undefined) constants.push(scope === '' ? constant : `${scope}::${constant}`)
    const [, name, body] = /^enum class (\w+) : \w+ \{(.*)\};/.exec(line) ?? []
    for (const [, member] of (body ?? '').matchAll(/(k\w+) =/g))
      enumerators.push(`${name}::${member}`)
  }
  return { constants, enumerators }
}

const GEOMETRIES = [1, 2, 7, 64].map((workerCount) => ({
  slotCount: 3,
  workerCount,
  payloadSize: 8192,
}))

function printed(expressions: readonly string[]): Map<string, number> {
  const prints = expressions.map(
    (text) => `  std::printf("%s %llu\\n", "${text}", static_cast<unsigned long long>(${text}));`,
  )
  const program = [
    '#include <cstdio>',
    '#include "ring/ring-layout.hpp"',
    'using namespace fuseloop::ring;',
    'int main() {',
    ...prints,
    '}',
  ]
  const source = join(output, 'print.cpp')
  const executable = join(output, 'print')
  writeFileSync(source, program.join('\n'))
  const args = ['-std=c++20', '-I', SOURCES, source, '-o', executable]
  const built = spawnSync('g++', args, { encoding: 'utf8', timeout: DEADLINE_MS })
  if (built.status !== 0) throw new Error(`g++: ${built.error?.message ?? built.stderr}`)
  const run = spawnSync(executable, { encoding: 'utf8', timeout: DEADLINE_MS })
  const lines = run.stdout.trim().split('\n')
  return new Map(lines.map((line) => line.split(' ') as [string, string]).map(([k, v]) => [k, +v]))
}

/** The fields of one struct on both sides, under the names of TypeScript. */
const SCOPES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  control: layout.ControlPage,
  worker: layout.WorkerPage,
  slot: layout.SlotHeader,
  queue: {
    capacity: layout.QUEUE_CAPACITY,
    ...layout.QueuePosition,
    cellSequence: layout.QueueCell.sequence,
    cellValue: layout.QueueCell.value,
    cellByteLength: layout.QueueCell.byteLength,
  },
}
const ENUMS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  SessionState: layout.SessionState,
  InterruptRule: layout.InterruptRule,
  SlotState: layout.SlotState,
}
/** Named RING_... in TypeScript, where no namespace says so. */
const RENAMED: Readonly<Record<string, string>> = { MAGIC: 'RING_MAGIC', VERSION: 'RING_VERSION' }

const declared = declaredNames(readFileSync(join(SOURCES, 'ring/ring-layout.hpp'), 'utf8'))
const offsets = GEOMETRIES.flatMap(({ workerCount }) => [
  `workerPageOffset(${workerCount})`,
  `slotsOffset(${workerCount})`,
  ...[0, 1, 2].map((index) => `queueCellsOffset(${workerCount},${index})`),
])
const native = printed([...declared.constants, ...declared.enumerators, ...offsets])

/** Constants of one scope as C++ has them. */
function nativeFields(scope: string, names: readonly string[]): Record<string, number | undefined> {
  const own = names.filter((name) => name.startsWith(`${scope}::`))
  return Object.fromEntries(
    own.map((name) => [plainName(name.slice(scope.length + 2)), native.get(name)]),
  )
}

t.test('the header is understood', async (t) => {
  t.ok(declared.constants.length > 50, `${declared.constants.length} constants`)
  t.equal(declared.enumerators.length, 13)
})

for (const [scope, fields] of Object.entries(SCOPES)) {
  t.test(`namespace ${scope} has the same fields at the same offsets`, async (t) => {
    t.strictSame(nativeFields(scope, declared.constants), fields)
  })
}

for (const [name, members] of Object.entries(ENUMS)) {
  t.test(`${name} has the same members`, async (t) => {
    const found = Object.entries(nativeFields(name, declared.enumerators))
    t.strictSame(
      Object.fromEntries(found.map(([key, value]) => [key.toUpperCase(), value])),
      members,
    )
  })
}

t.test('the sizes and limits are the same', async (t) => {
  const named = layout as unknown as Readonly<Record<string, unknown>>
  for (const name of declared.constants.filter((constant) => !constant.includes('::'))) {
    const plain = shouted(plainName(name))
    t.equal(native.get(name), named[RENAMED[plain] ?? plain], name)
  }
})

t.test('pages, cells and slots begin at the same offsets', async (t) => {
  for (const geometry of GEOMETRIES) {
    const workers = geometry.workerCount
    t.equal(native.get(`workerPageOffset(${workers})`), layout.workerPageOffset(workers))
    t.equal(native.get(`slotsOffset(${workers})`), layout.slotsOffset(geometry))
    for (const index of [0, 1, 2]) {
      const offset = layout.queueCellsOffset(geometry, index)
      t.equal(native.get(`queueCellsOffset(${workers},${index})`), offset)
    }
  }
})
