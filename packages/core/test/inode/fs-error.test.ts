import { answerForError, FsError } from '@fuseloop/core/inode'
import { Errno } from '@fuseloop/core/protocol'
import t from 'tap'

t.test(
  'an FsError carries its POSIX code, and it is the message if there is no other',
  async (t) => {
    const cause = new Error('inner')
    const error = new FsError('ENOENT', 'no such thing', { cause })
    t.equal(error.code, 'ENOENT')
    t.equal(error.message, 'no such thing')
    t.equal(error.cause, cause)
    t.equal(error.name, 'FsError')
    t.equal(new FsError('EPERM').message, 'EPERM')
  },
)

t.test('a code that Linux does not have is an error where it is written', async (t) => {
  const made = [
    // @ts-expect-error no such code
    () => new FsError('ENOTHING'),
    // @ts-expect-error a number
    () => new FsError(2),
    // @ts-expect-error nothing
    () => new FsError(),
    () => new FsError('toString' as 'EIO'),
  ]
  for (const make of made) t.throws(make, { code: 'ERR_FUSE_USAGE' })
  t.equal(new FsError('EWOULDBLOCK').code, 'EWOULDBLOCK', "POSIX's other names do")
})

t.test('a POSIX code is its errno, on any object', async (t) => {
  t.same(answerForError(new FsError('ENOENT')), { errno: Errno.ENOENT, expected: true })
  t.same(answerForError({ code: 'EACCES' }), { errno: Errno.EACCES, expected: true })
  const ofNode = Object.assign(new Error('x'), { code: 'ENOTEMPTY', errno: -39 })
  t.same(answerForError(ofNode), { errno: Errno.ENOTEMPTY, expected: true })
})

t.test('anything else is EIO, and no proper filesystem error', async (t) => {
  const others = [
    new Error('x'),
    new TypeError('x'),
    { code: 'ERR_INVALID_ARG_TYPE' },
    { code: 'toString' },
    { code: '' },
    { code: 2 },
    {},
    null,
    undefined,
    'ENOENT',
    5,
  ]
  for (const error of others) {
    t.same(answerForError(error), { errno: Errno.EIO, expected: false }, JSON.stringify(error))
  }
})

t.test('ENOSYS is EIO: only the absence of a method may say it', async (t) => {
  t.same(answerForError(new FsError('ENOSYS')), { errno: Errno.EIO, expected: false })
})

t.test('an error whose code cannot be read is EIO', async (t) => {
  const error = {
    get code(): string {
      throw new Error('no')
    },
  }
  t.same(answerForError(error), { errno: Errno.EIO, expected: false })
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  t.same(answerForError(proxy), { errno: Errno.EIO, expected: false })
})
