// Messages without an answer that end before their body does: the reader has nobody to tell, and goes on.

import { NextResult } from '@fuseloop/core/dispatch'
import { RequestRing, readRingCounters, ringByteLength, SlotHeader } from '@fuseloop/core/ring'
import { MemoryNodeTable } from '@fuseloop/core/session'
import { RequestBuilder, RingTransport } from '@fuseloop/core/testing'
import t from 'tap'
import { ScriptedDevice } from './scripted-device.js'

const FORGET = 2
const INTERRUPT = 36
const BATCH_FORGET = 42

function parts() {
  const geometry = { slotCount: 2, workerCount: 1, payloadSize: 8192 }
  const buffer = new SharedArrayBuffer(ringByteLength(geometry))
  const ring = RequestRing.create({ buffer, base: 0 }, geometry)
  const device = new ScriptedDevice()
  const nodes = new MemoryNodeTable()
  const transport = new RingTransport({ ring, endpoint: device, nodes, wake: () => undefined })
  return { ring, device, nodes, transport, request: new RequestBuilder() }
}

t.test('FORGET, BATCH_FORGET and INTERRUPT without their whole body are left out', async (t) => {
  const { ring, device, nodes, transport, request } = parts()
  const node = nodes.remember(1, Buffer.from('n'), undefined, 0o100000)
  for (const opcode of [FORGET, BATCH_FORGET, INTERRUPT]) {
    for (let length = 0; length < 8; length++) {
      device.put(request.message(opcode, node, Buffer.alloc(length, 1)))
    }
  }
  device.put(request.getattr(1))
  t.equal(transport.next(), 0, 'the request behind them is served')
  t.equal(nodes.size, 2, 'nothing was forgotten')
  t.equal(readRingCounters(ring).forgets, 0)
  t.equal(readRingCounters(ring).interrupts, 8)
})

t.test('a BATCH_FORGET of more than it holds forgets what it holds', async (t) => {
  const { ring, device, nodes, transport, request } = parts()
  const ids = ['a', 'b'].map((name) => nodes.remember(1, Buffer.from(name), undefined, 0o100000))
  const batch = Buffer.from(request.batchForget(ids.map((id) => [id, 2n ** 64n - 1n])))
  batch.writeUInt32LE(0xffff_ffff, 40)
  device.put(batch.subarray(0, -1))
  t.equal(transport.next(), NextResult.IDLE)
  t.equal(nodes.size, 2)
  t.equal(readRingCounters(ring).forgets, 1)
})

t.test('an INTERRUPT of unique 0 means no request, not a free slot', async (t) => {
  const { ring, device, transport, request } = parts()
  device.put(request.getattr(1))
  const slot = transport.next()
  ring.takeUnique(slot)
  device.put(request.interrupt(0n))
  t.equal(transport.next(), NextResult.IDLE)
  for (const index of [0, 1]) {
    const interrupted = ring.slotOffset(index) + SlotHeader.interrupted
    t.equal(ring.view.getUint32(interrupted, true), 0, `slot ${index}`)
  }
})
