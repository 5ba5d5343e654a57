// RENAME and RENAME2, which the kernel sends when there are flags. The table of nodes follows when the handler is
// done, before the reply is out: a path that is resolved afterwards is the new one.

import { FsError, type Text } from '../../inode/index.js'
import {
  decodeRename,
  decodeRename2,
  Opcode,
  RenameFlag,
  type RenameIn,
  type WireReader,
} from '../../protocol/index.js'
import { OperationClass } from '../../ring/index.js'
import type { Operation } from '../operation.js'
import { noteName } from './entry-operations.js'

/** parent, name, newParent, newName, flags. */
const DECLARES_FLAGS = 5

function renaming(opcode: Opcode, decode: (reader: WireReader) => RenameIn): Operation {
  return {
    opcode,
    method: 'rename',
    class: OperationClass.METADATA,
    expectsReply: true,
    invoke(serving, request) {
      const { ring, text, handlers } = serving
      const given = decode(serving.reader)
      const name = noteName(serving, request, given.nameStart, given.nameEnd)
      const newNameStart = given.newNameStart
      request.newParent = given.newParent
      request.newName = ring.bytes.subarray(newNameStart, given.newNameEnd)
      request.flags = given.flags
      const newName: Text = text.decode(ring.bytes, newNameStart, given.newNameEnd)
      // An exchange served as a plain rename would destroy a file.
      if (given.flags !== 0 && (handlers.rename?.length ?? 0) < DECLARES_FLAGS)
        throw new FsError('EINVAL', 'the handler declares no flags')
      const parent = serving.node(request.nodeid)
      const newParent = serving.node(given.newParent)
      return handlers.rename?.(parent, name, newParent, newName, given.flags, request.context)
    },
    encode({ nodes }, request) {
      const { parent, name, newParent, newName } = request
      if ((request.flags & RenameFlag.EXCHANGE) !== 0)
        nodes.exchange(parent, name, newParent, newName)
      else nodes.rename(parent, name, newParent, newName)
      request.answer(0, 0, 0)
    },
  }
}

export const RENAME_OPERATIONS: readonly Operation[] = [
  renaming(Opcode.RENAME, decodeRename),
  renaming(Opcode.RENAME2, decodeRename2),
]
