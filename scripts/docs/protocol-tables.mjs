// The tables of docs/protocol.md, made from the tables that the framework works with.

import { allOperations } from '../../packages/core/bundle/dispatch.js'
import { adaptPathHandlers } from '../../packages/core/bundle/path.js'
import { InitFlag, Opcode } from '../../packages/core/bundle/protocol.js'
import { OperationClass } from '../../packages/core/bundle/ring.js'
import { CACHE_PROFILES, FLAG_DUTIES } from '../../packages/core/bundle/session.js'
import { OPCODE_NOTES, OTHER_DEVICES } from './opcode-notes.mjs'

const NONE = '–'
const stub = () => undefined

/** By the name of the place in the document. */
export const TABLES = {
  opcodes: opcodeTable,
  'init flags': flagTable,
  'cache profiles': profileTable,
}

function opcodeTable() {
  const operations = allOperations()
  const rows = Object.entries(Opcode)
    .filter(([name]) => !OTHER_DEVICES.includes(name))
    .map(([name, number]) => {
      const notes = OPCODE_NOTES[name]
      if (notes === undefined) throw new Error(`opcode-notes.mjs has no row for ${name}`)
      const operation = operations.find(({ opcode }) => opcode === number)
      const [reply, absent, since] = notes
      return [number, name, ...servedBy(operation), reply, absent, `7.${since}`]
    })
  const head = ['#', 'opcode', 'inode method', 'path method', 'class', 'reply']
  return table([...head, 'without the method', 'since'], rows)
}

function servedBy(operation) {
  if (operation === undefined) return [NONE, NONE, NONE]
  const { method } = operation
  const path = pathMethod(method)
  const queue = Object.keys(OperationClass).find((name) => OperationClass[name] === operation.class)
  return [code(method), path === undefined ? NONE : code(path), queue.toLowerCase()]
}

/** Which one method of the path API, beside getattr, makes an inode method. */
function pathMethod(method) {
  const has = (handlers) => adaptPathHandlers(handlers)[method] !== undefined
  if (has({ getattr: stub })) return 'getattr'
  const names = ['rename', 'readdir', ...allOperations().map((operation) => operation.method)]
  const own = [method, ...names]
  return own.find((name) => has({ getattr: stub, [name]: stub }))
}

function flagTable() {
  const rows = Object.entries(InitFlag).map(([name, bit]) => {
    const { since, default: when, honouredBy, duty } = FLAG_DUTIES[name]
    const asked = when === 'onDemand' ? 'on demand' : when
    return [bit, name, `7.${since}`, asked, honouredBy, duty, conditions(FLAG_DUTIES[name])]
  })
  const head = ['bit', 'flag', 'since', 'asked for', 'honoured by', 'duty']
  return table([...head, 'needs, excludes, why never'], rows)
}

function conditions({ needs = {}, excludes = [], unsupported }) {
  const { flags = [], methods = [], noMethods = [], mountOption } = needs
  const option = mountOption && `the mount option ${code(mountOption.option)}`
  const unless = mountOption?.unless ? `${option}, or ${mountOption.unless}` : option
  return (
    [
      unsupported && `never: ${unsupported}`,
      flags.length > 0 && `needs ${flags.join(', ')}`,
      methods.length > 0 && `needs ${methods.map(code).join(', ')}`,
      noMethods.length > 0 && `needs handlers without ${noMethods.map(code).join(', ')}`,
      unless && `needs ${unless}`,
      excludes.length > 0 && `excludes ${excludes.join(', ')}`,
    ]
      .filter(Boolean)
      .join('; ') || NONE
  )
}

function profileTable() {
  const profiles = Object.keys(CACHE_PROFILES)
  const knobs = Object.keys(CACHE_PROFILES.ttl)
  const rows = knobs.map((knob) => [
    code(knob),
    ...profiles.map((profile) => show(knob, CACHE_PROFILES[profile][knob])),
  ])
  return table(['knob', ...profiles.map(code)], rows)
}

function show(knob, value) {
  if (knob.endsWith('Ms') && value > 1e9) return `${value / 86_400_000} days`
  return typeof value === 'string' ? code(`'${value}'`) : code(String(value))
}

function code(text) {
  return `\`${text}\``
}

function table(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
