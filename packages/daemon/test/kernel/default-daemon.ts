// What a daemon answers that no case takes an interest in: three names of three types, each with empty contents.

import type { OpcodeName } from '@fuseloop/core/protocol'
import type { RequestMessage } from './request-message.js'
import {
  attrOut,
  DIRECTORY_MODE,
  entryOut,
  FILE_MODE,
  initOut,
  LINK_MODE,
  openOut,
  outMessage,
  struct,
} from './wire.js'

interface Node {
  readonly nodeid: number
  readonly mode: number
}

const NAMES: Readonly<Record<string, Node>> = {
  file: { nodeid: 2, mode: FILE_MODE },
  other: { nodeid: 5, mode: FILE_MODE },
  dir: { nodeid: 3, mode: DIRECTORY_MODE },
  link: { nodeid: 4, mode: LINK_MODE },
}

/** Of what cases make. */
export const NEW_FILE = 21
export const NEW_DIRECTORY = 22
export const NEW_LINK = 23

const MODES: ReadonlyMap<bigint, number> = new Map([
  [1n, DIRECTORY_MODE],
  ...Object.values(NAMES).map(({ nodeid, mode }) => [BigInt(nodeid), mode] as const),
  [BigInt(NEW_FILE), FILE_MODE],
  [BigInt(NEW_DIRECTORY), DIRECTORY_MODE],
  [BigInt(NEW_LINK), LINK_MODE],
])

const ENOENT = -2
const ENOSYS = -38
const ENODATA = -61
const NOTHING = struct(0)

/** A body, or a negative errno. */
type Answer = Uint8Array | number

function lookup(message: RequestMessage): Answer {
  const node = NAMES[message.name]
  return node === undefined ? ENOENT : entryOut(node.nodeid, node.mode)
}

const ANSWERS: Partial<Record<OpcodeName, (message: RequestMessage) => Answer>> = {
  LOOKUP: lookup,
  GETATTR: ({ nodeid }) => attrOut(MODES.get(nodeid) ?? FILE_MODE),
  SETATTR: ({ nodeid }) => attrOut(MODES.get(nodeid) ?? FILE_MODE),
  OPEN: () => openOut(),
  OPENDIR: () => openOut(0),
  READ: () => NOTHING,
  READDIR: () => NOTHING,
  WRITE: (message) => struct(8, [0, 4, message.body.readUInt32LE(16)]),
  STATFS: () => struct(80),
  GETXATTR: () => ENODATA,
  INIT: () => initOut(),
  FLUSH: () => NOTHING,
  RELEASE: () => NOTHING,
  RELEASEDIR: () => NOTHING,
  ACCESS: () => NOTHING,
  FSYNC: () => NOTHING,
}

const WITHOUT_REPLY: readonly string[] = ['FORGET', 'BATCH_FORGET', 'INTERRUPT', 'NOTIFY_REPLY']

/** The reply to write; undefined where none is due. */
export function defaultReply(message: RequestMessage): Uint8Array | undefined {
  const { opcode, unique } = message
  if (WITHOUT_REPLY.includes(opcode)) return undefined
  const answer = ANSWERS[opcode as OpcodeName]?.(message) ?? ENOSYS
  return typeof answer === 'number' ? outMessage(answer, unique) : outMessage(0, unique, answer)
}
