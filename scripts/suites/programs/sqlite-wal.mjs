// SQLite in WAL mode: four processes write, one reads; -shm is a file mapped by all of them, and locks are byte ranges.

import { join } from 'node:path'

const WRITERS = 4

export async function sqliteWal({ name, folder, beneath, mustRun, results, scale }) {
  const rows = Math.ceil(500 * scale)
  const file = join(folder, 'data.db')
  const sqlite = (sql, path = file) =>
    mustRun('sqlite3', ['-bail', '-cmd', '.timeout 60000', path], { input: sql, seconds: 300 })
  const mode = await sqlite(
    'PRAGMA journal_mode = WAL; CREATE TABLE t(writer INTEGER, n INTEGER, data BLOB, PRIMARY KEY(writer, n));',
  )
  results.check(`${name}: journal mode`, mode.trim() === 'wal' ? '' : mode)
  const insert = (writer) =>
    Array.from(
      { length: rows },
      (_, n) => `INSERT INTO t VALUES(${writer}, ${n}, randomblob(900));`,
    )
  const look = Array.from({ length: 20 }, () => 'SELECT count(*) * 0 FROM t;').join('\n')
  await Promise.all([
    ...Array.from({ length: WRITERS }, (_, writer) => sqlite(insert(writer).join('\n'))),
    sqlite(look),
  ])
  const check = async (path) => {
    const sql = 'PRAGMA integrity_check; SELECT count(*), count(DISTINCT writer) FROM t;'
    return (await sqlite(sql, path)) === `ok\n${WRITERS * rows}|${WRITERS}\n`
      ? ''
      : 'rows are missing'
  }
  results.check(`${name}: all rows of all writers`, await check(file))
  await sqlite('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE; VACUUM;')
  results.check(`${name}: after checkpoint and VACUUM`, await check(file))
  results.check(`${name}: read beneath the mount`, await check(join(beneath, 'data.db')))
}
