import { constants } from 'node:os'
import { codeFromErrno, Errno, errnoFromCode } from '@fuseloop/core/protocol'
import t from 'tap'

t.test('numbers 1 to 133 are there, but for 41 and 58', async (t) => {
  const numbers = [...new Set<number>(Object.values(Errno))].sort((a, b) => a - b)
  const expected = Array.from({ length: 133 }, (_, index) => index + 1)
  t.same(
    numbers,
    expected.filter((errno) => errno !== 41 && errno !== 58),
  )
})

t.test("node's own numbers agree", { skip: process.platform !== 'linux' }, async (t) => {
  for (const [code, errno] of Object.entries(constants.errno)) {
    t.equal(errnoFromCode(code), errno, code)
  }
})

t.test('a number goes back to its code', async (t) => {
  for (const errno of new Set(Object.values(Errno))) {
    t.equal(Errno[codeFromErrno(errno) ?? 'EPERM'], errno)
  }
  t.equal(codeFromErrno(11), 'EAGAIN')
  t.equal(codeFromErrno(35), 'EDEADLK')
  t.equal(codeFromErrno(95), 'EOPNOTSUPP')
  t.equal(codeFromErrno(0), undefined)
  t.equal(codeFromErrno(-2), undefined)
  t.equal(codeFromErrno(41), undefined)
})

t.test('what is no code has no number', async (t) => {
  for (const code of ['', 'enoent', 'ENOENT ', 'toString', '__proto__', 'ERR_INVALID_ARG_TYPE']) {
    t.equal(errnoFromCode(code), undefined, code)
  }
})
