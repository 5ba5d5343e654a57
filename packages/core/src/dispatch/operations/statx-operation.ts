// STATX, which Linux sends where a client asks for the time of birth. Handlers need not know of it: `getattr`
// tells the same, times of birth included.

import type { OpenFile, Text } from '../../inode/index.js'
import {
  decodeStatx,
  encodeStatxOut,
  FuseStatxOut,
  GetattrFlag,
  Opcode,
  type StatxAttributes,
  type StatxIn,
} from '../../protocol/index.js'
import { OperationClass } from '../../ring/index.js'
import { HEADER_NODE, type Operation } from '../operation.js'
import type { Request } from '../request.js'
import { checkObject } from '../results.js'
import type { Serving } from '../serving.js'
import { shownAttributes } from '../shown-attributes.js'

function fileOf(
  serving: Serving,
  request: Request,
  given: StatxIn,
): OpenFile<Text, number | object> | undefined {
  if (!given.hasHandle) return serving.unnamedFile(request.nodeid)
  return serving.file(request.nodeid, given.fhLow, given.fhHigh, 0)
}

export const STATX_OPERATION: Operation = {
  class: OperationClass.METADATA,
  expectsReply: true,
  opcode: Opcode.STATX,
  method: 'statx',
  cancellable: true,
  // statx_in: getattr_flags at 40, fh at 48; fh counts with GETATTR_FH.
  handle: { offset: 48, flag: GetattrFlag.FH },
  unnamed: HEADER_NODE,
  invoke(serving, request) {
    const given = decodeStatx(serving.reader)
    const file = fileOf(serving, request, given)
    const node = serving.node(request.nodeid)
    return serving.handlers.statx?.(node, file, given.flags, given.mask, request.context)
  },
  encode(serving, request, result) {
    const given = checkObject(result, 'statx') as StatxAttributes
    const attributes = shownAttributes(given, serving.ownership)
    const { attributesTimeoutMs } = serving.cache
    encodeStatxOut(serving.replyBody(request), 0, request.nodeid, attributesTimeoutMs, attributes)
    request.answer(0, FuseStatxOut.byteLength, 0)
  },
  fallbackMethod: 'getattr',
  fallback(serving, request) {
    const file = fileOf(serving, request, decodeStatx(serving.reader))
    return serving.handlers.getattr?.(serving.node(request.nodeid), file, request.context)
  },
}
