// The words of a command line as libfuse reads them (lib/fuse_opt.c): single options, lists after -o, operands.

import { usage } from '../command/failure.js'

/** One word, or one item of a list; `text` is `name` or `name=value`. */
export interface Argument {
  /** `list`: an item after -o; `dashed`: a word that begins with '-', which `text` has too. */
  readonly kind: 'list' | 'dashed' | 'operand'
  readonly text: string
}

/** @throws FuseError ERR_FUSE_USAGE for a last -o without its list */
export function readArguments(words: readonly string[]): Argument[] {
  const found: Argument[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string
    if (word === '--')
      return found.concat(words.slice(at + 1).map((text) => ({ kind: 'operand', text })))
    if (word === '-o') {
      at += 1
      const list = words[at]
      if (list === undefined) throw usage('a list of options is missing after -o')
      found.push(...readList(list))
    } else if (word.startsWith('-o')) found.push(...readList(word.slice(2)))
    else found.push({ kind: word.startsWith('-') ? 'dashed' : 'operand', text: word })
  }
  return found
}

/**
 * A backslash takes away the meaning of the comma or backslash behind it; with three octal digits it is that
 * byte (lib/fuse_opt.c process_real_option_group()). Empty items are left out.
 */
function readList(list: string): Argument[] {
  const items: Buffer[][] = [[]]
  for (const [part] of list.matchAll(/\\[0-3][0-7]{2}|\\.|\\$|,|[^\\,]+/gs)) {
    if (part === ',') items.push([])
    else items.at(-1)?.push(part.startsWith('\\') ? unescaped(part.slice(1)) : Buffer.from(part))
  }
  const texts = items.map((parts) => Buffer.concat(parts).toString())
  return texts.filter((text) => text !== '').map((text) => ({ kind: 'list', text }))
}

/** What stands behind a backslash; one at the end of the list stands for itself. */
function unescaped(behind: string): Buffer {
  if (behind.length === 3) return Buffer.of(Number.parseInt(behind, 8))
  return Buffer.from(behind || '\\')
}

/** The name, and what stands behind the first '='. */
export function splitOption(text: string): readonly [name: string, value: string | undefined] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)]
}
