// Operations on a node itself: attributes, symbolic links' targets, the filesystem's figures, access.

import type { AttributeChanges } from '../../inode/index.js'
import {
  type Attributes,
  decodeAccess,
  decodeGetattr,
  decodeSetattr,
  encodeAttrOut,
  encodeStatfsOut,
  FuseAttrOut,
  FuseStatfsOut,
  Opcode,
  type SetattrIn,
  SetattrValid,
  type StatfsResult,
  type TimeChange,
} from '../../protocol/index.js'
import { OperationClass } from '../../ring/index.js'
import { answerNothing, HEADER_NODE, type Operation } from '../operation.js'
import type { Request } from '../request.js'
import { badResult, checkObject } from '../results.js'
import type { Serving } from '../serving.js'
import { shownAttributes } from '../shown-attributes.js'

const METADATA = { class: OperationClass.METADATA, expectsReply: true } as const
/** The kernel takes at most a page less one byte (fs/fuse/dir.c fuse_readlink_folio()). */
const MAX_LINK_TARGET = 4095

function answerAttributes(method: string): Operation['encode'] {
  return (serving: Serving, request: Request, result: unknown) => {
    const given = checkObject(result, method) as Attributes
    const attributes = shownAttributes(given, serving.ownership)
    const { attributesTimeoutMs } = serving.cache
    encodeAttrOut(serving.replyBody(request), 0, request.nodeid, attributesTimeoutMs, attributes)
    request.answer(0, FuseAttrOut.byteLength, 0)
  }
}

const getattr: Operation = {
  ...METADATA,
  opcode: Opcode.GETATTR,
  method: 'getattr',
  cancellable: true,
  // getattr_in: getattr_flags at 40, fh at 48; fh counts with GETATTR_FH.
  handle: { offset: 48, flag: 1 },
  unnamed: HEADER_NODE,
  invoke(serving, request) {
    const { hasHandle, fhLow, fhHigh } = decodeGetattr(serving.reader)
    const { nodeid } = request
    const file = hasHandle ? serving.file(nodeid, fhLow, fhHigh, 0) : serving.unnamedFile(nodeid)
    return serving.handlers.getattr?.(serving.node(nodeid), file, request.context)
  },
  encode: answerAttributes('getattr'),
}

const setattr: Operation = {
  ...METADATA,
  opcode: Opcode.SETATTR,
  method: 'setattr',
  // setattr_in: valid at 40, fh at 48; fh counts with FATTR_FH.
  handle: { offset: 48, flag: SetattrValid.FH },
  unnamed: HEADER_NODE,
  invoke(serving, request) {
    const given = decodeSetattr(serving.reader)
    const { context } = request
    context.killSuidGid = (given.valid & SetattrValid.KILL_SUIDGID) !== 0
    if ((given.valid & SetattrValid.LOCKOWNER) !== 0)
      context.setLockOwner(given.lockOwnerLow, given.lockOwnerHigh)
    const file = given.hasHandle
      ? serving.file(request.nodeid, given.fhLow, given.fhHigh, 0)
      : serving.unnamedFile(request.nodeid)
    const node = serving.node(request.nodeid)
    return serving.handlers.setattr?.(node, attributeChanges(given), file, context)
  },
  encode: answerAttributes('setattr'),
}

function attributeChanges(given: SetattrIn): AttributeChanges {
  return {
    ...(given.mode !== undefined && { mode: given.mode & 0o7777 }),
    ...(given.uid !== undefined && { uid: given.uid }),
    ...(given.gid !== undefined && { gid: given.gid }),
    ...(given.size !== undefined && { size: given.size }),
    ...(given.atime !== undefined && { atime: nanoseconds(given.atime) }),
    ...(given.mtime !== undefined && { mtime: nanoseconds(given.mtime) }),
    ...(given.ctime !== undefined && { ctime: nanoseconds(given.ctime) as bigint }),
  }
}

function nanoseconds(time: TimeChange): bigint | 'now' {
  return time === 'now' ? 'now' : BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanoseconds)
}

const readlink: Operation = {
  ...METADATA,
  opcode: Opcode.READLINK,
  method: 'readlink',
  cancellable: true,
  invoke: (serving, request) =>
    serving.handlers.readlink?.(serving.node(request.nodeid), request.context),
  encode(serving, request, result) {
    const target = serving.text.encode(result)
    if (target.byteLength === 0 || target.byteLength > MAX_LINK_TARGET) {
      throw badResult(
        `readlink returned ${target.byteLength} bytes, expected 1 to ${MAX_LINK_TARGET}`,
      )
    }
    request.payload.set(target)
    request.answer(0, 0, target.byteLength)
  },
}

const UNKNOWN_FIGURES: StatfsResult = {
  bsize: 4096,
  blocks: 0,
  bfree: 0,
  bavail: 0,
  files: 0,
  ffree: 0,
}

const statfs: Operation = {
  ...METADATA,
  opcode: Opcode.STATFS,
  method: 'statfs',
  cancellable: true,
  invoke: (serving, request) =>
    serving.handlers.statfs?.(serving.node(request.nodeid), request.context),
  encode(serving, request, result) {
    const figures = checkObject(result, 'statfs') as StatfsResult
    encodeStatfsOut(serving.replyBody(request), 0, figures)
    request.answer(0, FuseStatfsOut.byteLength, 0)
  },
  fallback: () => UNKNOWN_FIGURES,
}

const access: Operation = {
  ...METADATA,
  opcode: Opcode.ACCESS,
  method: 'access',
  cancellable: true,
  invoke(serving, request) {
    const { mask } = decodeAccess(serving.reader)
    return serving.handlers.access?.(serving.node(request.nodeid), mask, request.context)
  },
  encode: answerNothing,
}

const syncfs: Operation = {
  class: OperationClass.DATA,
  expectsReply: true,
  opcode: Opcode.SYNCFS,
  method: 'syncfs',
  // syncfs_in is padding.
  invoke: (serving, request) =>
    serving.handlers.syncfs?.(serving.node(request.nodeid), request.context),
  encode: answerNothing,
}

export const ATTRIBUTE_OPERATIONS: readonly Operation[] = [
  getattr,
  setattr,
  readlink,
  statfs,
  access,
  syncfs,
]
