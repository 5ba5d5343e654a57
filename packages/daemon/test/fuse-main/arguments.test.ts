// Words and lists are read as lib/fuse_opt.c of libfuse reads them.

import t from 'tap'
import { readArguments } from '../../dist/fuse-main/arguments.js'
import { splitOption } from '../../dist/mount/option-list.js'

const texts = (...words: string[]): string[] => readArguments(words).map(({ text }) => text)

t.test('-o takes its list in the same word or the next, again and again', async (t) => {
  t.strictSame(texts('-o', 'a,b=c', '-oro', 'dir'), ['a', 'b=c', 'ro', 'dir'])
  t.throws(() => readArguments(['dir', '-o']), { code: 'ERR_FUSE_USAGE' })
})

t.test('words are told from items and operands', async (t) => {
  const kinds = readArguments(['-f', '--name=x', '-o', '-f', 'dir']).map(({ kind }) => kind)
  t.strictSame(kinds, ['dashed', 'dashed', 'list', 'operand'])
})

t.test('behind -- all is operands', async (t) => {
  t.strictSame(readArguments(['-f', '--', '-o', 'x']), [
    { kind: 'dashed', text: '-f' },
    { kind: 'operand', text: '-o' },
    { kind: 'operand', text: 'x' },
  ])
})

t.test('a backslash takes away the meaning of what is behind it', async (t) => {
  const lists: readonly (readonly [string, string[]])[] = [
    ['a=1\\,2,b', ['a=1,2', 'b']],
    ['a=\\\\,b', ['a=\\', 'b']],
    ['a=\\040b', ['a= b']],
    ['a=\\303\\244', ['a=ä']],
    ['a=\\477', ['a=477']],
    ['a=\\04', ['a=04']],
    ['a=\\x', ['a=x']],
    ['a\\', ['a\\']],
    ['a=\\054ro', ['a=,ro']],
    [',,a,', ['a']],
    ['', []],
    ['a=ü\\,', ['a=ü,']],
  ]
  for (const [list, items] of lists) t.strictSame(texts('-o', list), items, list)
})

t.test('the first = ends the name', async (t) => {
  t.strictSame(splitOption('a=b=c'), ['a', 'b=c'])
  t.strictSame(splitOption('a='), ['a', ''])
  t.strictSame(splitOption('a'), ['a', undefined])
})
