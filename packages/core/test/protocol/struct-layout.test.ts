import * as protocol from '@fuseloop/core/protocol'
import t from 'tap'

t.test('fields lie inside their struct, in the order they are listed', async (t) => {
  for (const [name, layout] of Object.entries(protocol)) {
    if (typeof layout !== 'object' || !('byteLength' in layout)) continue
    const { byteLength, ...fields } = layout
    const offsets = Object.values(fields)
    t.same(
      offsets,
      [...new Set(offsets)].sort((a, b) => a - b),
      `${name} is ordered`,
    )
    // The flexible arrays of fuse_dirent and fuse_supp_groups begin at the very end.
    t.ok(
      offsets.every((offset) => offset <= byteLength),
      `${name} holds its fields`,
    )
  }
})

t.test('sizes that the message lengths of the protocol depend on', async (t) => {
  t.equal(protocol.FuseInHeader.byteLength, 40)
  t.equal(protocol.FuseOutHeader.byteLength, 16)
  t.equal(protocol.FuseEntryOut.byteLength, 128)
  t.equal(protocol.FuseAttrOut.byteLength, 104)
  t.equal(protocol.FuseInitOut.byteLength, 64)
  t.equal(protocol.REQUEST_BODY, protocol.FuseInHeader.byteLength)
})
