// Files that several processes work on at once: SQLite with a write-ahead log, whose index is shared memory, and
// mappings that all see the same bytes.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { testMount } from '../support/mount-test.js'
import type { MountRequest } from '../support/mounted.js'

const WRITERS = 4
const ROWS = 50

/** Opens the database at argv[1], and adds argv[3] rows in the name of argv[2], one transaction each. */
const WRITER = `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=100, isolation_level=None)
assert database.execute('PRAGMA journal_mode').fetchone()[0] == sys.argv[4]
for row in range(int(sys.argv[3])):
    database.execute('BEGIN IMMEDIATE')
    total = database.execute('SELECT count(*) FROM rows').fetchone()[0]
    database.execute('INSERT INTO rows VALUES (?, ?, ?)', (sys.argv[2], row, total))
    database.execute('COMMIT')
`

const CREATE = `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
print(database.execute('PRAGMA journal_mode = ' + sys.argv[2]).fetchone()[0])
database.execute('CREATE TABLE rows (writer, row, total UNIQUE)')
`

const CHECK = `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
print(database.execute('PRAGMA integrity_check').fetchone()[0])
print(database.execute('SELECT count(*), count(DISTINCT total), max(total) FROM rows').fetchone())
`

const MOUNTS: readonly MountRequest[] = [
  { filesystem: 'loopback', loop: 'multi', workers: 4, locks: 'session' },
  { filesystem: 'loopback', loop: 'multi', workers: 1, locks: 'session' },
  { filesystem: 'loopback', loop: 'multi', workers: 4 },
]

for (const request of MOUNTS) {
  const keeper = `${request.workers} workers, locks kept by the ${request.locks ?? 'kernel'}`
  for (const journal of ['wal', 'delete']) {
    testMount(`SQLite, ${journal}, four writers, ${keeper}`, request, async (t, mounted) => {
      const database = mounted.path('db')
      t.equal(await mounted.run('python3', ['-c', CREATE, database, journal]), `${journal}\n`)
      const writers = Array.from({ length: WRITERS }, (_, writer) =>
        mounted.run('python3', ['-c', WRITER, database, `${writer}`, `${ROWS}`, journal]),
      )
      await Promise.all(writers)
      const all = WRITERS * ROWS
      t.equal(
        await mounted.run('python3', ['-c', CHECK, database]),
        `ok\n(${all}, ${all}, ${all - 1})\n`,
        'each transaction saw all before it',
      )
    })
  }
}

/** Maps the file; then `get` reads a byte of the mapping, `read` one of the file, `set` and `write` change one. */
const MAPPER = `
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
memory = mmap.mmap(fd, 0, mmap.MAP_SHARED)
for number, line in enumerate(sys.stdin):
    name, place, *value = line.split()
    place = int(place)
    answer = 'ok'
    if name == 'get': answer = memory[place]
    elif name == 'read': answer = os.pread(fd, 1, place)[0]
    elif name == 'set': memory[place] = int(value[0])
    elif name == 'write': os.pwrite(fd, bytes([int(value[0])]), place)
    print(f'{number}: {answer}.', flush=True)
`

testMount(
  'processes that have a file mapped, and those that read and write it, see the same bytes at once',
  { filesystem: 'loopback', loop: 'multi', workers: 4 },
  async (t, mounted) => {
    writeFileSync(join(mounted.source, 'f'), Buffer.alloc(3 * 4096))
    const [one, two] = [1, 2].map(() => {
      const client = mounted.start('python3', ['-c', MAPPER, mounted.path('f')])
      let sent = 0
      return async (command: string): Promise<string> => {
        client.write(`${command}\n`)
        return await client.answered(new RegExp(`^${sent++}: (.*)\\.$`, 'm'))
      }
    }) as [Mapper, Mapper]
    let value = 0
    for (const place of [0, 4095, 4096, 3 * 4096 - 1]) {
      for (const change of ['set', 'write']) {
        for (const [writer, reader] of [
          [one, two],
          [two, one],
        ] as const) {
          value += 1
          await writer(`${change} ${place} ${value}`)
          t.equal(await reader(`get ${place}`), `${value}`, `${change} at ${place}, mapped`)
          t.equal(await reader(`read ${place}`), `${value}`, `${change} at ${place}, read`)
          t.equal(await writer(`get ${place}`), `${value}`)
        }
      }
    }
  },
)

type Mapper = (command: string) => Promise<string>
