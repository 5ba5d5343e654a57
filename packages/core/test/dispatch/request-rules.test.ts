import { operationName, writeRequestRules } from '@fuseloop/core/dispatch'
import { Opcode } from '@fuseloop/core/protocol'
import { ControlPage, InterruptRule } from '@fuseloop/core/ring'
import type { RequestRules } from '@fuseloop/core/session'
import t from 'tap'
import { smallRing } from '../ring/ring-memory.js'

const { READ, WRITE, LOOKUP, MKDIR, BATCH_FORGET, RELEASE } = Opcode

function written(rules: RequestRules, limitMs?: number) {
  const ring = smallRing()
  const cut = writeRequestRules(ring, rules, limitMs)
  const timeouts = (...opcodes: number[]): number[] => opcodes.map((opcode) => ring.timeout(opcode))
  const rule = (opcode: number): number => ring.interruptRule(opcode)
  return { timeouts, rule, cut, errno: ring.view.getUint32(ControlPage.timeoutErrno, true) }
}

t.test('without rules there are no deadlines, and what only looks is cancelled', async (t) => {
  const { timeouts, rule, errno } = written({})
  t.same(timeouts(READ, WRITE, LOOKUP, BATCH_FORGET, 63, 64, 4096), [0, 0, 0, 0, 0, 0, 0])
  t.same([READ, LOOKUP].map(rule), [InterruptRule.CANCEL, InterruptRule.CANCEL])
  t.same([WRITE, MKDIR, RELEASE, 63, 64].map(rule), new Array(5).fill(InterruptRule.SIGNAL))
  t.equal(errno, 110)
})

t.test('names win over default, and 0 is for ever', async (t) => {
  const { timeouts, rule, errno, cut } = written({
    timeouts: { default: 500, read: 100, mkdir: 0 },
    interrupts: { default: 'ignore', write: 'answer' },
    timeoutCode: 'EIO',
  })
  t.same(timeouts(READ, WRITE, MKDIR, BATCH_FORGET), [100, 500, 0, 0])
  t.same(cut, [])
  t.equal(rule(READ), InterruptRule.IGNORE)
  t.equal(rule(WRITE), InterruptRule.ANSWER)
  t.equal(errno, 5)
})

t.test("the kernel's limit holds for all, also where no deadline is asked for", async (t) => {
  const { timeouts, cut } = written({ timeouts: { read: 100, write: 99_999 } }, 11_250)
  t.same(cut, ['write'])
  t.same(timeouts(READ, WRITE, MKDIR, BATCH_FORGET), [100, 11_250, 11_250, 0])
})

for (const [rules, message] of [
  [{ timeouts: { reed: 1 } }, /^timeouts: there is no operation 'reed'/],
  [{ interrupts: { reed: 'signal' } }, /^interrupts: there is no operation 'reed'/],
  [{ timeouts: { read: -1 } }, /^timeouts.read: -1 /],
  [{ timeouts: { read: 1.5 } }, /^timeouts.read: 1.5 /],
  [{ timeouts: { default: Number.NaN } }, /^timeouts.default: NaN /],
  [{ timeouts: { read: 86_400_001 } }, /^timeouts.read: 86400001 /],
  [{ timeouts: { read: '5' as unknown as number } }, /^timeouts.read: 5 /],
  [{ interrupts: { read: 'maybe' as 'signal' } }, /^interrupts.read: 'maybe' is none of ignore, /],
  [{ timeoutCode: 'EWHATEVER' }, /^timeoutCode: 'EWHATEVER' /],
  [{ timeoutCode: 'ENOSYS' }, /^timeoutCode: 'ENOSYS' /],
] as const) {
  t.test(`refused: ${JSON.stringify(rules)}`, async (t) => {
    t.throws(() => written(rules), { code: 'ERR_FUSE_USAGE', message })
  })
}

t.test('operations are named by opcode and handler', async (t) => {
  t.equal(operationName(READ), 'READ (handler read)')
  t.equal(operationName(Opcode.INIT), 'INIT')
})
