import { ProtocolError } from '@fuseloop/core/protocol'
import t from 'tap'

t.test('an error carries its code, name and message', async (t) => {
  const error = new ProtocolError('ERR_FUSE_BAD_NAME', 'a name is empty')
  t.match(error, { code: 'ERR_FUSE_BAD_NAME', name: 'ProtocolError', message: 'a name is empty' })
  t.ok(error instanceof Error)
  t.same(Object.keys(error), ['code', 'name'].sort(), 'the brand does not show')
})

t.test('the brand tells errors of any copy of the package', async (t) => {
  t.ok(ProtocolError.is(new ProtocolError('ERR_FUSE_BAD_TEXT', '')))
  t.ok(ProtocolError.is({ [Symbol.for('fuseloop.protocol-error')]: true }))
  for (const other of [new Error('x'), undefined, null, 'ERR_FUSE_BAD_TEXT', {}]) {
    t.notOk(ProtocolError.is(other))
  }
})
