import { FuseError } from '@fuseloop/core/session'
import t from 'tap'

t.test('an error of the framework carries code, message and cause', async (t) => {
  const cause = new Error('inner')
  const error = new FuseError('ERR_FUSE_MOUNT', 'mounting: no', { cause })
  t.equal(error.code, 'ERR_FUSE_MOUNT')
  t.equal(error.message, 'mounting: no')
  t.equal(error.name, 'FuseError')
  t.equal(error.cause, cause)
  t.ok(error instanceof Error)
})

t.test('it is known by its brand, also when another copy of the package made it', async (t) => {
  const foreign = Object.defineProperty(new Error('x'), Symbol.for('fuseloop.error'), {
    value: true,
  })
  t.equal(FuseError.is(new FuseError('ERR_FUSE_USAGE', 'x')), true)
  t.equal(FuseError.is(foreign), true)
  for (const value of [new Error('x'), null, undefined, 'ERR_FUSE_USAGE', {}]) {
    t.equal(FuseError.is(value), false)
  }
})
