// One command line of a filesystem's own command: its options, the framework's and the kernel's, told apart as
// libfuse programs do. An option that the filesystem declares goes before one of the same name here.

import type { OptionSchema, OptionSpec } from '@fuseloop/core'
import { usage } from '../command/failure.js'
import { splitOption } from '../mount/option-list.js'
import type { Argument } from './arguments.js'
import { Choices } from './choices.js'
import { chooseOption } from './option-table.js'

export interface CommandLine {
  readonly choices: Choices
  readonly operands: readonly string[]
  /** Words that begin with '-' and are no options. Unknown ones of lists are refused by the mount. */
  readonly unknown: readonly string[]
}

/** @throws FuseError ERR_FUSE_USAGE naming an option with a value that is missing, or not its */
export function readCommandLine(args: readonly Argument[], schema: OptionSchema): CommandLine {
  const choices = new Choices()
  const operands: string[] = []
  const unknown: string[] = []
  for (const { kind, text } of args) {
    if (kind === 'operand') operands.push(text)
    else if (kind === 'list') chooseItem(choices, schema, text)
    else if (!chooseWord(choices, schema, text)) unknown.push(text)
  }
  return { choices, operands, unknown }
}

const WORDS: Readonly<Record<string, (choices: Choices) => void>> = {
  '-h': help,
  '--help': help,
  '-V': version,
  '--version': version,
  '-d': debug,
  '--debug': debug,
  '-f': (choices) => {
    choices.foreground = true
  },
  '-s': ({ settings }) => {
    settings.loop = 'single'
  },
  // Of mount(8), which libfuse takes too: no mtab, read-only.
  '-n': () => undefined,
  '-r': ({ mountOptions }) => {
    mountOptions['ro'] = true
  },
}

function help(choices: Choices): void {
  choices.help = true
}

function version(choices: Choices): void {
  choices.version = true
}

function debug(choices: Choices): void {
  chooseOption(choices, 'debug', undefined)
}

function chooseWord(choices: Choices, schema: OptionSchema, word: string): boolean {
  const [name, value] = splitOption(word.replace(/^--/, ''))
  if (word.startsWith('--') && Object.hasOwn(schema, name)) {
    chooseOwn(choices, schema[name] as OptionSpec, name, value)
    return true
  }
  if (!Object.hasOwn(WORDS, word)) return false
  WORDS[word]?.(choices)
  return true
}

function chooseItem(choices: Choices, schema: OptionSchema, item: string): void {
  const [name, value] = splitOption(item)
  if (name === '') throw usage(`option '${item}' has no name`)
  if (Object.hasOwn(schema, name)) chooseOwn(choices, schema[name] as OptionSpec, name, value)
  else if (!chooseOption(choices, name, value)) choices.mountOptions[name] = value ?? true
}

function chooseOwn(
  choices: Choices,
  spec: OptionSpec,
  name: string,
  value: string | undefined,
): void {
  if (value === undefined && spec.type !== 'boolean') throw usage(`option '${name}' needs a value`)
  choices.set[name] = value ?? true
}
