// One contract over both tables of backing files: whatever is done to both, both do the same, and never what the
// kernel would answer with EIO (fs/fuse/iomode.c).

import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BackingCounts, type BackingFiles, MemoryBackingFiles } from '@fuseloop/core/session'
import { loadNativeBinding } from '@fuseloop/native'
import * as fc from 'fast-check'
import t from 'tap'

const EPERM = -1
const ELOOP = -40
const CLOSED = 1000

interface Table extends BackingFiles {
  counts(): BackingCounts
}

type Make = (open: (fd: number) => number, close: (id: number) => void) => Table

const TABLES: Readonly<Record<'memory' | 'native', Make>> = {
  memory: (open, close) => new MemoryBackingFiles({ open, close, fileOf }),
  native: (open, close) => loadNativeBinding().createBackingFiles(open, close),
}

const folder = mkdtempSync(join(tmpdir(), 'fuseloop-backing-'))
/** Two of one file, one of another. */
const descriptors = ['one', 'one', 'two'].map((name) => openSync(join(folder, name), 'a+'))

t.teardown(() => {
  for (const fd of descriptors) closeSync(fd)
  rmSync(folder, { recursive: true })
})

function fileOf(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}

/** The kernel, as far as the table sees it, and what it would refuse. */
class Kernel {
  readonly registered = new Set<number>()
  /** What the next registrations get, then ids. */
  refusals: number[] = []
  readonly log: string[] = []
  /** By node: the ids of its opens, 0 for ordinary ones. */
  readonly opens = new Map<number, number[]>()
  #lastId = 0

  readonly open = (fd: number): number => {
    const refusal = this.refusals.shift()
    if (refusal === undefined) {
      this.#lastId += 1
      this.registered.add(this.#lastId)
    }
    const result = refusal ?? this.#lastId
    this.log.push(`open ${descriptors.indexOf(fd)}: ${result}`)
    return result
  }

  readonly close = (id: number): void => {
    if (!this.registered.delete(id)) throw new Error(`${id} is closed and not registered`)
    this.log.push(`close ${id}`)
  }

  /** @throws what a client would get EIO for */
  opened(nodeid: number, joined: number): void {
    const id = Math.abs(joined)
    const others = this.opens.get(nodeid) ?? []
    if (others.some((other) => other !== id)) throw new Error(`${id} beside ${others}`)
    if (id !== 0 && !this.registered.has(id)) throw new Error(`${id} is not registered`)
    this.opens.set(nodeid, [...others, id])
  }

  released(nodeid: number): void {
    this.opens.get(nodeid)?.pop()
  }
}

interface Command {
  readonly do: 'join' | 'leave' | 'refuse'
  readonly nodeid: number
  /** Which of the descriptors; 3: none; 4: one that is not open. */
  readonly file: number
  readonly error: number
}

const commands = fc.array(
  fc.record<Command>({
    do: fc.constantFrom('join', 'join', 'leave', 'leave', 'refuse'),
    nodeid: fc.constantFrom(2, 3, Number.MAX_SAFE_INTEGER),
    file: fc.nat({ max: 4 }),
    error: fc.constantFrom(ELOOP, ELOOP, ELOOP, EPERM),
  }),
  { maxLength: 60, size: 'max' },
)

function run(table: Table, kernel: Kernel, command: Command): string {
  const { nodeid, file } = command
  let result = 0
  if (command.do === 'join') {
    result = table.join(nodeid, [...descriptors, -1, CLOSED][file] as number)
    kernel.opened(nodeid, result)
  } else if (command.do === 'leave') {
    kernel.released(nodeid)
    table.leave(nodeid)
  } else {
    kernel.refusals.push(command.error)
  }
  const { active } = table.counts()
  if (active !== kernel.registered.size) throw new Error(`${active} are said to be registered`)
  return JSON.stringify([result, kernel.log, table.counts()])
}

t.test('both tables do the same, and nothing that the kernel refuses', async () => {
  await fc.assert(
    fc.property(commands, (sequence) => {
      const tried = Object.values(TABLES).map((make) => {
        const kernel = new Kernel()
        return { kernel, table: make(kernel.open, kernel.close) }
      })
      for (const command of sequence) {
        const [first, second] = tried.map(({ table, kernel }) => run(table, kernel, command))
        if (first !== second) throw new Error(`memory ${first}\nnative ${second}`)
      }
    }),
    { seed: 80, numRuns: 1000 },
  )
})

for (const [name, make] of Object.entries(TABLES)) {
  t.test(`${name}: one id for a file's opens, given back at the last release`, async (t) => {
    const kernel = new Kernel()
    const table = make(kernel.open, kernel.close)
    const [one, oneAgain, two] = descriptors as [number, number, number]
    t.equal(table.join(2, one), 1)
    t.equal(table.join(2, oneAgain), 1, 'another descriptor of the file')
    t.equal(table.join(2, two), -1, 'another file')
    t.equal(table.join(2, -1), -1, 'no file')
    t.equal(table.join(3, two), 2)
    for (let left = 3; left > 0; left--) table.leave(2)
    t.same([...kernel.registered], [1, 2])
    table.leave(2)
    table.leave(2)
    t.same([...kernel.registered], [2])
    t.same(table.counts(), {
      active: 1,
      opens: 3,
      byKernel: 0,
      openOtherwise: 0,
      otherFile: 1,
      errno: 0,
    })
  })

  t.test(
    `${name}: a file that is open in the ordinary way stays so until it is closed`,
    async (t) => {
      const kernel = new Kernel()
      const table = make(kernel.open, kernel.close)
      const [one] = descriptors as [number]
      t.equal(table.join(2, -1), 0)
      t.equal(table.join(2, one), 0)
      table.leave(2)
      t.equal(table.join(2, one), 0)
      t.same(kernel.log, [])
      for (let left = 2; left > 0; left--) table.leave(2)
      t.equal(table.join(2, one), 1)
      t.match(table.counts(), { openOtherwise: 2, opens: 1 })
    },
  )

  t.test(`${name}: what the kernel refuses for good is not tried again`, async (t) => {
    for (const [refusal, asked] of [
      [ELOOP, 2],
      [EPERM, 1],
    ] as const) {
      const kernel = new Kernel()
      const table = make(kernel.open, kernel.close)
      kernel.refusals = [refusal, refusal]
      for (const nodeid of [2, 3]) t.equal(table.join(nodeid, descriptors[0] as number), 0)
      t.equal(kernel.log.length, asked)
      t.match(table.counts(), { byKernel: 2, errno: refusal, active: 0 })
    }
  })
}
