// File names are bytes; handlers may see them as strings. A byte that is not part of valid UTF-8
// becomes the lone surrogate U+DC00 + byte (U+DC80 to U+DCFF) and comes back as that byte, so every
// name survives the round trip.

import { ProtocolError } from './protocol-error.js'

/** Methods of node's Buffer that decode a range without a copy; they also take shared memory. */
interface Sliceable {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
}

const REPLACEMENT = '\ufffd'
const ESCAPE = 0xdc00
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })
const ENCODER = new TextEncoder()

/** The text of bytes `start` to `end`; fastest when `bytes` is a Buffer. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  const buffer = bytes as Uint8Array & Partial<Sliceable>
  if (buffer.latin1Slice !== undefined && buffer.utf8Slice !== undefined) {
    if (isAscii(bytes, start, end)) return buffer.latin1Slice(start, end)
    return checked(buffer.utf8Slice(start, end), bytes, start, end)
  }
  return checked(DECODER.decode(bytes.subarray(start, end)), bytes, start, end)
}

/** A replacement character may be real, or stand for bytes that only decodeEscaped keeps. */
function checked(text: string, bytes: Uint8Array, start: number, end: number): string {
  return text.includes(REPLACEMENT) ? decodeEscaped(bytes, start, end) : text
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    if ((bytes[index] as number) >= 0x80) return false
  }
  return true
}

function decodeEscaped(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  let index = start
  while (index < end) {
    const point = codePointAt(bytes, index, end)
    if (point < 0) {
      text += String.fromCharCode(ESCAPE + (bytes[index] as number))
      index++
    } else {
      text += String.fromCodePoint(point)
      index += utf8Length(point)
    }
  }
  return text
}

/** The code point at `index`, or -1: truncated, overlong, a surrogate, or above U+10FFFF. */
function codePointAt(bytes: Uint8Array, index: number, end: number): number {
  const lead = bytes[index] as number
  if (lead < 0x80) return lead
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (length === 0 || index + length > end) return -1
  let point = lead & (0x7f >> length)
  for (let next = index + 1; next < index + length; next++) {
    const byte = bytes[next] as number
    if ((byte & 0xc0) !== 0x80) return -1
    point = (point << 6) | (byte & 0x3f)
  }
  if (utf8Length(point) !== length || isSurrogate(point) || point > 0x10ffff) return -1
  return point
}

function utf8Length(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
}

function isSurrogate(point: number): boolean {
  return point >= 0xd800 && point <= 0xdfff
}

/**
 * The bytes of a name or path.
 * @throws ProtocolError ERR_FUSE_BAD_TEXT for NUL and for lone surrogates that stand for no byte
 */
export function encodeText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit === 0) throw badText('NUL')
    if (unit >= 0x80) return encodeUnicode(text)
    bytes[index] = unit
  }
  return bytes
}

function encodeUnicode(text: string): Uint8Array {
  for (let index = 0; index < text.length; index++) {
    const point = text.codePointAt(index) as number
    if (point === 0) throw badText('NUL')
    if (isSurrogate(point)) return encodeEscaped(text)
    if (point > 0xffff) index++
  }
  return ENCODER.encode(text)
}

function encodeEscaped(text: string): Uint8Array {
  const bytes: number[] = []
  for (const character of text) {
    const point = character.codePointAt(0) as number
    if (point === 0) throw badText('NUL')
    if (!isSurrogate(point)) {
      bytes.push(...ENCODER.encode(character))
    } else if (point >= ESCAPE + 0x80 && point <= ESCAPE + 0xff) {
      bytes.push(point - ESCAPE)
    } else {
      throw badText(`the lone surrogate U+${point.toString(16).toUpperCase()}`)
    }
  }
  return Uint8Array.from(bytes)
}

function badText(what: string): ProtocolError {
  return new ProtocolError('ERR_FUSE_BAD_TEXT', `a name holds ${what}, which no file name can hold`)
}
