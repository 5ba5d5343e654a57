// Properties that every request reads must not be looked up by name: V8's own word on the shapes of what holds them.

import { setFlagsFromString } from 'node:v8'
import { allOperations, routingTable } from '@fuseloop/core/dispatch'
import { PAGE_SIZE, payloadSizeFor, RequestRing, ringByteLength } from '@fuseloop/core/ring'
import { loadNativeBinding } from '@fuseloop/native'
import t from 'tap'
import { nodesOf, SeatTransport } from '../../dist/pool/seat-transport.js'

setFlagsFromString('--allow-natives-syntax')
const hasFastProperties = new Function('object', 'return %HasFastProperties(object)')
const haveSameMap = new Function('one', 'other', 'return %HaveSameMap(one, other)')

/** Of more an access that is compiled looks the property up by its name. */
const MOST_SHAPES = 4

const binding = loadNativeBinding()
const geometry = { slotCount: 8, workerCount: 1, payloadSize: payloadSizeFor(131072, 32) }
const buffer = new SharedArrayBuffer(ringByteLength(geometry) + PAGE_SIZE)
const ring = RequestRing.create(
  { buffer, base: binding.pageOffset(new Uint8Array(buffer)) },
  geometry,
)
const session = new binding.NativeSession(ring.bytes, routingTable(), false)
const seat = binding.attachWorker(session.id, 0, ring.bytes, () => undefined)
t.teardown(() => {
  seat.detach()
  session.close()
})

t.test('the transport has fast properties, and the calls and figures of its seat', (t) => {
  const transport = new SeatTransport(seat, ring, 0)
  t.ok(hasFastProperties(transport))
  t.equal(transport.next, seat.next)
  t.equal(transport.elapsed, 0)
  t.end()
})

t.test('so has the node table when it has been used, and it is that of the seat', (t) => {
  const nodes = nodesOf(seat)
  for (let use = 0; use < 100; use++) nodes.type(1)
  t.ok(hasFastProperties(Object.getPrototypeOf(nodes)))
  const file = nodes.remember(1, Buffer.from('file'), undefined, 0o100000)
  t.equal(nodes.size, 2, 'the root and the file')
  t.equal(Buffer.from(nodes.path(file) ?? []).toString(), 'file')
  t.end()
})

t.test(
  'the rows of the table of operations have no more shapes than V8 compiles accesses to',
  (t) => {
    const shapes: object[] = []
    for (const row of allOperations()) {
      if (!shapes.some((shape) => haveSameMap(shape, row))) shapes.push(row)
    }
    t.ok(shapes.length <= MOST_SHAPES, `${shapes.length} shapes`)
    t.end()
  },
)
