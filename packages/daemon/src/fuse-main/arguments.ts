// The words of a command line as libfuse reads them (lib/fuse_opt.c): single options, lists after -o, operands.

import { usage } from '../command/failure.js'
import { splitOptionList } from '../mount/option-list.js'

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

function readList(list: string): Argument[] {
  return splitOptionList(list).map((text) => ({ kind: 'list', text }))
}
