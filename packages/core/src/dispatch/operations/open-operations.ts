// Operations that open files: OPEN, and CREATE and TMPFILE, which make them as well.
// A handle in a reply that the kernel does not take is released here: no RELEASE will come.

import type { Nodeid } from '../../base/ids.js'
import type { OpenResult } from '../../inode/index.js'
import {
  decodeCreate,
  decodeOpen,
  decodeTmpfile,
  encodeOpenOut,
  FuseEntryOut,
  FuseOpenOut,
  InitFlag,
  Opcode,
  OpenFlag,
  type OpenIn,
} from '../../protocol/index.js'
import { OperationClass } from '../../ring/index.js'
import { NotSupported } from '../not-supported.js'
import type { Operation } from '../operation.js'
import { backingDescriptor, passthroughFlags } from '../passthrough-flags.js'
import type { Request } from '../request.js'
import { checkObject, checkOpenResult } from '../results.js'
import { rollbackContext } from '../rollback-context.js'
import type { Serving } from '../serving.js'
import {
  type CountNode,
  encodeEntry,
  forgetEntry,
  noteExtensions,
  noteName,
} from './entry-operations.js'

const METADATA = { class: OperationClass.METADATA, expectsReply: true } as const

/** Notes the handle: from here on it must be released if the reply is not taken. */
function noteHandle(serving: Serving, request: Request, opened: OpenResult<number | object>): void {
  const { low, high } = serving.handles.encode(opened.handle ?? 0)
  request.fhLow = low
  request.fhHigh = high
  request.opened = true
}

/** Counts the open of a node, and writes open_out at `offset` of the reply's body. */
function answerOpened(
  serving: Serving,
  request: Request,
  opened: OpenResult<number | object>,
  nodeid: Nodeid,
  offset: number,
): void {
  const { fhLow, fhHigh } = request
  let flags = serving.cache.openFlags(opened)
  let backingId = 0
  if (serving.ring.isGranted(InitFlag.PASSTHROUGH)) {
    const joined = serving.backingFiles.join(nodeid, backingDescriptor(opened))
    request.joined = true
    flags = passthroughFlags(flags, joined, opened.directIo === true)
    backingId = Math.abs(joined)
  }
  encodeOpenOut(serving.replyBody(request), offset, fhLow, fhHigh, flags, backingId)
  serving.openFiles.add(nodeid, fhLow, fhHigh, request.flags)
}

/** Keeps for a roll-back, and gives, the flags that the handler opens with. */
function noteFlags(serving: Serving, request: Request, given: OpenIn): number {
  request.flags = serving.openFlags(given.flags)
  request.context.killSuidGid = (given.openFlags & OpenFlag.KILL_SUIDGID) !== 0
  return request.flags
}

/** The kernel never got the handle, so no RELEASE will come: it is released here (pitfall of every daemon). */
function releaseOpened(serving: Serving, request: Request): unknown {
  if (!request.opened) return undefined
  request.opened = false
  const file = serving.file(request.nodeid, request.fhLow, request.fhHigh, request.flags)
  serving.openFiles.remove(request.nodeid, request.fhLow, request.fhHigh)
  if (request.joined) serving.backingFiles.leave(request.nodeid)
  serving.freeHandle(request.nodeid, request.fhLow, request.fhHigh)
  return serving.handlers.release?.(file, rollbackContext(serving.worker))
}

const open: Operation = {
  ...METADATA,
  opcode: Opcode.OPEN,
  method: 'open',
  invoke(serving, request) {
    const given = decodeOpen(serving.reader)
    const flags = noteFlags(serving, request, given)
    return serving.handlers.open?.(serving.node(request.nodeid), flags, request.context)
  },
  encode(serving, request, result) {
    const opened = checkOpenResult(result, 'open')
    noteHandle(serving, request, opened)
    answerOpened(serving, request, opened, request.nodeid, 0)
    request.answer(0, FuseOpenOut.byteLength, 0)
  },
  fallback(serving) {
    if (serving.ring.isGranted(InitFlag.NO_OPEN_SUPPORT)) throw new NotSupported()
  },
  rollback: releaseOpened,
}

/** Entry and handle of a file that was made, in one reply. */
function answerCreated(method: string, count?: CountNode): Operation['encode'] {
  return (serving, request, result) => {
    const opened = checkOpenResult(checkObject(result, method), method)
    // Before the entry: an entry that cannot be sent leaves an open file, to be released.
    noteHandle(serving, request, opened)
    encodeEntry(serving, request, result, method, count)
    answerOpened(serving, request, opened, request.entryNode, FuseEntryOut.byteLength)
    request.answer(0, FuseEntryOut.byteLength + FuseOpenOut.byteLength, 0)
  }
}

function takeBackCreated(serving: Serving, request: Request): unknown {
  const { entryNode } = request
  // The handle is of the new file, not of the directory that the request names.
  if (entryNode !== 0) request.nodeid = entryNode
  const released = releaseOpened(serving, request)
  forgetEntry(serving, request)
  return released
}

const create: Operation = {
  ...METADATA,
  opcode: Opcode.CREATE,
  method: 'create',
  invoke(serving, request) {
    const given = decodeCreate(serving.reader)
    const name = noteName(serving, request, given.nameStart, given.nameEnd)
    const flags = noteFlags(serving, request, given)
    request.context.umask = given.umask
    noteExtensions(serving, request)
    return serving.handlers.create?.(
      serving.node(request.nodeid),
      name,
      given.mode,
      flags,
      request.context,
    )
  },
  encode: answerCreated('create'),
  rollback: takeBackCreated,
}

const tmpfile: Operation = {
  ...METADATA,
  opcode: Opcode.TMPFILE,
  method: 'tmpfile',
  invoke(serving, request) {
    const given = decodeTmpfile(serving.reader)
    const flags = noteFlags(serving, request, given)
    request.context.umask = given.umask
    noteExtensions(serving, request)
    const directory = serving.node(request.nodeid)
    return serving.handlers.tmpfile?.(directory, given.mode, flags, request.context)
  },
  encode: answerCreated('tmpfile', ({ nodes }, _request, identity, type) =>
    nodes.rememberUnnamed(identity, type),
  ),
  rollback: takeBackCreated,
}

export const OPEN_OPERATIONS: readonly Operation[] = [open, create, tmpfile]
