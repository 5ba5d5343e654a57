// GETLK, SETLK and SETLKW. Handlers that have `setlk` or `flock` keep locks of that kind; the session's manager keeps
// the others. Rule: who waits for the manager is parked, its slot is free, and nobody here may touch it any more.

import type { Nodeid } from '../../base/ids.js'
import type { FileLock, LockAction } from '../../inode/index.js'
import { FsError } from '../../inode/index.js'
import {
  codeFromErrno,
  decodeLock,
  encodeLkOut,
  FuseLkOut,
  type LockIn,
  type LockOut,
  Opcode,
} from '../../protocol/index.js'
import { OperationClass } from '../../ring/index.js'
import {
  LOCK_END,
  LOCK_PARKED,
  LockKind,
  type LockRequest,
  LockType,
  type WorkerLocks,
} from '../../session/index.js'
import { NotSupported } from '../not-supported.js'
import { answerNothing, HANDLE_FIRST, type Operation, PARKED } from '../operation.js'
import type { Request } from '../request.js'
import { badResult, checkObject } from '../results.js'
import type { Serving } from '../serving.js'

const LOCK = { class: OperationClass.CONTROL, expectsReply: true, handle: HANDLE_FIRST } as const
const ACTIONS: readonly LockAction[] = ['read', 'write', 'unlock']

function requestOf(nodeid: Nodeid, given: LockIn): LockRequest {
  const { owner, type, start, end, pid } = given
  const kind = given.isFlock ? LockKind.FLOCK : LockKind.POSIX
  return { nodeid, kind, owner, type, start, end, pid }
}

/** @throws FsError EINVAL for what the kernel never sends */
function actionOf({ type, start, end }: LockIn): LockAction {
  const action = ACTIONS[type]
  if (action === undefined || start > end || end > LOCK_END) throw new FsError('EINVAL')
  return action
}

function testLock(serving: Serving, request: Request): unknown {
  const given = decodeLock(serving.reader)
  const { handlers } = serving
  const type = actionOf(given)
  if (handlers.setlk === undefined) return serving.locks.test(requestOf(request.nodeid, given))
  if (handlers.getlk === undefined) throw new NotSupported()
  if (type === 'unlock') throw new FsError('EINVAL')
  const file = serving.file(request.nodeid, given.fhLow, given.fhHigh, 0)
  const { start, end, pid } = given
  const result = handlers.getlk(file, { type, start, end, pid }, given.owner, request.context)
  return Promise.resolve(result).then(wireLock)
}

function wireLock(result: unknown): LockOut | undefined {
  if (result === undefined) return undefined
  const { type, start, end, pid } = checkObject(result, 'getlk') as Partial<FileLock>
  const number = type === undefined ? -1 : ACTIONS.indexOf(type)
  const isRange =
    typeof start === 'bigint' && typeof end === 'bigint' && start >= 0n && start <= end
  if (!isRange || end > LOCK_END || (number !== LockType.READ && number !== LockType.WRITE))
    throw badResult('getlk returned no lock: type read or write, start <= end, both bigint')
  if (!Number.isInteger(pid) || (pid as number) < 0 || (pid as number) > 0x7fff_ffff)
    throw badResult('getlk returned a pid that is none')
  return { type: number, start, end, pid: pid as number }
}

function changeLock(serving: Serving, request: Request): unknown {
  const given = decodeLock(serving.reader)
  const { handlers } = serving
  const { start, end, pid, owner } = given
  const wait = request.opcode === Opcode.SETLKW
  const backing = given.isFlock ? handlers.flock : handlers.setlk
  if (backing === undefined)
    return setOrPark(serving.locks, request, requestOf(request.nodeid, given), wait)
  const type = actionOf(given)
  const file = serving.file(request.nodeid, given.fhLow, given.fhHigh, 0)
  return given.isFlock
    ? handlers.flock?.(file, { type, pid, wait }, owner, request.context)
    : handlers.setlk?.(file, { type, start, end, pid, wait }, owner, request.context)
}

function setOrPark(
  locks: WorkerLocks,
  request: Request,
  lock: LockRequest,
  wait: boolean,
): unknown {
  const result = wait ? locks.park(request.slot, lock) : locks.set(lock)
  if (result === LOCK_PARKED) return PARKED
  if (result !== 0) throw new FsError(codeFromErrno(-result) ?? 'EIO')
  // From here on there is something to take back.
  request.lock = lock
  return undefined
}

const getlk: Operation = {
  ...LOCK,
  opcode: Opcode.GETLK,
  method: 'getlk',
  cancellable: true,
  invoke: testLock,
  fallback: testLock,
  encode(serving, request, result) {
    encodeLkOut(serving.replyBody(request), 0, result as LockOut | undefined)
    request.answer(0, FuseLkOut.byteLength, 0)
  },
}

const CHANGE = {
  ...LOCK,
  method: 'setlk',
  otherMethods: ['flock'],
  invoke: changeLock,
  fallback: changeLock,
  encode: answerNothing,
  rollback(serving, request) {
    if (request.lock !== undefined) serving.locks.takeBack(request.lock)
  },
} as const satisfies Omit<Operation, 'opcode'>

const setlk: Operation = { ...CHANGE, opcode: Opcode.SETLK }

const setlkw: Operation = { ...CHANGE, opcode: Opcode.SETLKW, cancellable: true }

export const LOCK_OPERATIONS: readonly Operation[] = [getlk, setlk, setlkw]
