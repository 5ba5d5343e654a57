// IOCTL and BMAP: what files have in common with devices. Only restricted ioctls are served: the command's bits
// say how much data comes in and goes out, so that no handler reads a client's memory.

import { FsError, type IoctlReturn } from '../../inode/index.js'
import {
  decodeBmap,
  decodeIoctl,
  encodeBmapOut,
  encodeIoctlOut,
  FuseBmapOut,
  FuseIoctlOut,
  IoctlFlag,
  Opcode,
} from '../../protocol/index.js'
import { OperationClass } from '../../ring/index.js'
import { directoryOf } from '../open-directory.js'
import { HANDLE_FIRST, type Operation } from '../operation.js'
import { badResult, checkObject } from '../results.js'

const METADATA = { class: OperationClass.METADATA, expectsReply: true } as const
const MAX_RESULT = 0x7fff_ffff
const NOTHING = new Uint8Array(0)

const ioctl: Operation = {
  ...METADATA,
  opcode: Opcode.IOCTL,
  method: 'ioctl',
  handle: HANDLE_FIRST,
  invoke(serving, request) {
    const given = decodeIoctl(serving.reader)
    // Only CUSE sends them; libfuse's path API answers the same.
    if ((given.flags & IoctlFlag.UNRESTRICTED) !== 0) throw new FsError('EPERM')
    request.size = Math.min(given.outSize, request.payload.byteLength)
    const isDirectory = (given.flags & IoctlFlag.DIR) !== 0
    const file = isDirectory
      ? directoryOf(serving, request, given.fhLow, given.fhHigh)
      : serving.file(request.nodeid, given.fhLow, given.fhHigh, 0)
    const details = {
      argument: (BigInt(given.argumentHigh) << 32n) | BigInt(given.argumentLow),
      isDirectory,
      isCompat: (given.flags & (IoctlFlag.COMPAT | IoctlFlag.COMPAT_X32)) !== 0,
      is32Bit: (given.flags & IoctlFlag.BITS_32) !== 0,
    }
    const input = serving.ring.bytes.subarray(given.dataStart, given.dataEnd)
    return serving.handlers.ioctl?.(
      file,
      given.command,
      input,
      request.size,
      details,
      request.context,
    )
  },
  encode(serving, request, answer) {
    const { result, data } = checkIoctl(answer, request.size)
    encodeIoctlOut(serving.replyBody(request), 0, result)
    // The data may be a view of the input, which begins before the payload: `set` copies as if by way of a third.
    request.payload.set(data)
    request.answer(0, FuseIoctlOut.byteLength, data.byteLength)
  },
}

/** More data than asked for would be EIO in the kernel too (fs/fuse/ioctl.c fuse_do_ioctl()). */
function checkIoctl(answer: unknown, most: number): { result: number; data: Uint8Array } {
  const given = (typeof answer === 'object' ? checkObject(answer, 'ioctl') : { result: answer }) as
    | Exclude<IoctlReturn, number | void>
    | { result: unknown; data?: undefined }
  const { result = 0, data = NOTHING } = given ?? {}
  if (typeof result !== 'number' || !Number.isInteger(result) || result < 0 || result > MAX_RESULT)
    throw badResult('ioctl: the result is no integer from 0 to 2^31-1')
  if (!(data instanceof Uint8Array) || data.byteLength > most)
    throw badResult(`ioctl: data are not at most ${most} bytes`)
  return { result, data }
}

const bmap: Operation = {
  ...METADATA,
  opcode: Opcode.BMAP,
  method: 'bmap',
  cancellable: true,
  invoke(serving, request) {
    const { block, blocksize } = decodeBmap(serving.reader)
    const node = serving.node(request.nodeid)
    return serving.handlers.bmap?.(node, blocksize, block, request.context)
  },
  encode(serving, request, result) {
    encodeBmapOut(serving.replyBody(request), 0, result as number | bigint)
    request.answer(0, FuseBmapOut.byteLength, 0)
  },
}

export const DEVICE_OPERATIONS: readonly Operation[] = [ioctl, bmap]
