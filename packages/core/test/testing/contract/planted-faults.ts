// Faults for a copy of the package: each changes a line of the compiled code that answers requests.

import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ContractRule } from '@fuseloop/core/testing'

export interface PlantedFault {
  readonly name: string
  /** What the checks must call it, and say. */
  readonly rule: ContractRule
  readonly message: RegExp
  /** Below dist/, the text that stands there once, and what takes its place. */
  readonly file: string
  readonly from: string
  readonly to: string
}

const DISPATCHER = 'dispatch/dispatcher.js'
const REPLIES = 'testing/ring-replies.js'
const READER = 'testing/ring-reader.js'
const ENTRIES = 'dispatch/operations/entry-operations.js'
const OPENS = 'dispatch/operations/open-operations.js'

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: 'double reply',
    rule: 'double reply',
    message: /LOOKUP unique \d+ node 1 "f" was answered twice/,
    file: REPLIES,
    from: 'const count = this.#endpoint.writev([header, ...body]);',
    to: 'const count = this.#endpoint.writev([header, ...body]); this.#endpoint.writev([header, ...body]);',
  },
  {
    name: 'lost reply',
    rule: 'lost reply',
    message: /MKDIR unique \d+ node 1 "d" was read and never answered/,
    file: DISPATCHER,
    from: 'const { slot, ownBytes } = request;',
    to: 'const { slot, ownBytes } = request; if (operation.opcode === 9) return this.#transport.discard(slot);',
  },
  {
    name: 'reply to FORGET',
    rule: 'reply to a no-reply operation',
    message: /FORGET \d+ was answered/,
    file: READER,
    from: 'case Opcode.FORGET:',
    to: 'case Opcode.FORGET: this.#parts.replies.answerUnique(message.readBigUInt64LE(8), 0);',
  },
  {
    name: 'body one byte short',
    rule: 'wrong size',
    message: /GETATTR unique \d+ node \d+ was answered with 119 bytes, success/,
    file: 'dispatch/operations/attribute-operations.js',
    from: 'request.answer(0, FuseAttrOut.byteLength, 0);',
    to: 'request.answer(0, FuseAttrOut.byteLength - 1, 0);',
  },
  {
    name: 'error of -1000',
    rule: 'error out of range',
    message: /UNLINK unique \d+ node 1 "f" was answered with error -1000/,
    file: DISPATCHER,
    from: 'request.answer(-errno, 0, 0);',
    to: 'request.answer(-1000, 0, 0);',
  },
  {
    name: 'late reply into a reused slot',
    rule: 'late reply into a reused slot',
    message: /READLINK unique \d+ node \d+ was answered while its handler is at work/,
    file: DISPATCHER,
    from: 'promise.then(request.onValue, request.onError);',
    to: `promise.then(request.onValue, request.onError);
      if (opcode === 5 && this.gaveUp === undefined) {
        this.gaveUp = true;
        request.answer(-Errno.EIO, 0, 0);
        this.#transport.finish(slot);
      }`,
  },
  {
    name: 'lookup count raised after the reply',
    rule: 'lookup count raised after the reply',
    message: /node \d+ was given to the kernel 2 times, and the daemon has counted 1/,
    file: DISPATCHER,
    from: 'const { slot, ownBytes } = request;',
    to: `const { slot, ownBytes } = request;
      if (operation.opcode === 1 && this.#serving.nodes.lookupCount(request.entryNode) > 1) {
        this.#serving.nodes.forget(request.entryNode, 1);
        const taken = this.#transport.finish(slot);
        this.#serving.nodes.remember(request.parent, request.name, undefined, 0o100000);
        return taken;
      }`,
  },
  {
    name: 'count taken twice on refusal',
    rule: 'lookup count under zero',
    message: /the kernel refers to node \d+ 2 times, the daemon has counted 1/,
    file: ENTRIES,
    from: 'serving.nodes.forget(request.entryNode, 1);',
    to: 'serving.nodes.forget(request.entryNode, 2);',
  },
  {
    name: 'handle leaked by an ENOENT reply',
    rule: 'handle leak',
    message: /the handle 7 of open \(unique \d+\) was never released/,
    file: OPENS,
    from: 'if (!request.opened)',
    to: 'if (request.opened)',
  },
  {
    name: 'INTERRUPT answered with success',
    rule: 'INTERRUPT answered',
    message: /INTERRUPT \d+ was answered with success/,
    file: 'testing/request-intake.js',
    from: 'const slot = ring.findUnique(unique);',
    to: 'const slot = ring.findUnique(unique); this.#parts.replies.answerUnique(own, 0);',
  },
]

/** As tsc wrote it, file by file; the package itself runs from a bundle. */
const DIST = fileURLToPath(new URL('../../../dist', import.meta.url))

/** The package's testing kit from a copy in `folder`, with the fault in it. @throws where it does not fit */
export async function plantFault(
  folder: string,
  fault: PlantedFault | undefined,
): Promise<typeof import('@fuseloop/core/testing')> {
  const copy = join(folder, 'dist')
  cpSync(DIST, copy, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  if (fault !== undefined) {
    const path = join(copy, fault.file)
    const pieces = readFileSync(path, 'utf8').split(fault.from)
    if (pieces.length !== 2)
      throw new Error(`${fault.file} has ${pieces.length - 1} places for: ${fault.name}`)
    writeFileSync(path, pieces.join(fault.to))
  }
  return await import(pathToFileURL(join(copy, 'testing', 'index.js')).href)
}
