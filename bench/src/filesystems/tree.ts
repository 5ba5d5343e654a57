// The trivial filesystem's tree, the same as that of ../reference/nodes.c: what names there are, and what stat(2) says.
// Each node is known by a number, which is its inode number and, as four bytes, its identity.

import type { Attributes, Entry } from '@fuseloop/core'

/** Bytes of each file. */
export const FILE_SIZE = 256 << 20

export const NODE = {
  root: 1,
  data: 2,
  block1ms: 3,
  await1ms: 4,
  cpu100us: 5,
  stuck: 6,
  many: 7,
} as const
const CREATED = 1000
/** Files that clients may make: new-0 to new-63. */
export const CREATED_COUNT = 64
const ENTRY = 100_000
export const ENTRY_COUNT = 10_000

const DIRECTORY: Attributes = { mode: 0o40755, nlink: 2 }

/** One for each node, made once: handlers allocate nothing. */
const FILES = new Map<string, { readonly node: number; readonly entry: Entry }>(
  Object.entries(NODE).map(([name, node]) => [name, { node, entry: entryOf(node) }]),
)
const CREATED_FILES = Array.from({ length: CREATED_COUNT }, (_, index) => entryOf(CREATED + index))
const ENTRIES = Array.from({ length: ENTRY_COUNT }, (_, index) => ({
  name: `entry-${String(index).padStart(5, '0')}`,
  ino: ENTRY + index,
  type: 0o100000,
  cookie: index + 1,
}))
const ENTRY_FILES = ENTRIES.map(({ ino }) => entryOf(ino))

/** Which of the created files are there: one for the process, as workers have heaps of their own. */
export type CreatedTable = Uint8Array

/** The number of the node that a handler was given. */
export function nodeNumber(identity: Uint8Array): number {
  if (identity.length === 0) return NODE.root
  return (
    (identity[0] as number) |
    ((identity[1] as number) << 8) |
    ((identity[2] as number) << 16) |
    ((identity[3] as number) << 24)
  )
}

export function attributesOf(node: number): Attributes {
  return entryFor(node)?.attributes ?? DIRECTORY
}

/** @returns undefined if there is none of that name */
export function findEntry(parent: number, name: string, created: CreatedTable): Entry | undefined {
  if (parent === NODE.many) return ENTRY_FILES[numberBehind('entry-', name)]
  const index = createdIndex(name)
  if (index >= 0) return created[index] === 1 ? CREATED_FILES[index] : undefined
  return FILES.get(name)?.entry
}

/** Which of the created files a name of the root is; -1 if none of them. */
export function createdIndex(name: string): number {
  const index = numberBehind('new-', name)
  return index < CREATED_COUNT ? index : -1
}

export function createdEntry(index: number): Entry {
  return CREATED_FILES[index] as Entry
}

/** Some names of `many` from a cookie on; the kernel asks again for those that follow. */
export function listMany(offset: number): typeof ENTRIES {
  return ENTRIES.slice(offset, offset + 1024)
}

function entryFor(node: number): Entry | undefined {
  if (node >= ENTRY) return ENTRY_FILES[node - ENTRY]
  if (node >= CREATED) return CREATED_FILES[node - CREATED]
  return BY_NUMBER[node]
}

const BY_NUMBER = Array.from({ length: 8 }, (_, node) => (node === 0 ? undefined : entryOf(node)))

function entryOf(node: number): Entry {
  const identity = new Uint8Array(4)
  new DataView(identity.buffer).setUint32(0, node, true)
  if (node === NODE.root || node === NODE.many) return { identity, attributes: DIRECTORY }
  const size = node < CREATED ? FILE_SIZE : 0
  return { identity, attributes: { mode: 0o100644, size, ino: node } }
}

function numberBehind(prefix: string, name: string): number {
  if (!name.startsWith(prefix)) return -1
  const number = Number(name.slice(prefix.length))
  return Number.isInteger(number) && number >= 0 ? number : -1
}
