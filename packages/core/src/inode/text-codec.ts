// Names and paths between wire bytes and what the definition's `encoding` says handlers see.

import { decodeText, encodeText } from '../protocol/index.js'
import { FuseError } from '../session/index.js'
import type { Text } from './handler-types.js'

/** Names and paths under one encoding. */
export interface TextCodec {
  /** A value of its own: the bytes may change afterwards. */
  decode(bytes: Uint8Array, start: number, end: number): Text
  /** @throws FuseError ERR_FUSE_BAD_RESULT when a handler returned something else */
  encode(text: unknown): Uint8Array
}

const utf8: TextCodec = {
  decode: decodeText,
  encode(text) {
    if (typeof text === 'string') return encodeText(text)
    if (Buffer.isBuffer(text)) return text
    throw new FuseError('ERR_FUSE_BAD_RESULT', `a name must be a string, not ${typeof text}`)
  },
}

const buffer: TextCodec = {
  decode: (bytes, start, end) => Buffer.from(bytes.slice(start, end)),
  encode: utf8.encode,
}

/** The codec of an encoding; under `utf8` invalid bytes are lone surrogates. */
export function textCodec(encoding: 'utf8' | 'buffer'): TextCodec {
  return encoding === 'utf8' ? utf8 : buffer
}
