// What dispatch is measured with: handlers that do next to nothing, in both APIs, sync and async. The root has one
// directory, that has files of 1 GiB.

import type { InodeHandlers, PathHandlers } from '@fuseloop/core'

const SIZE = 2 ** 30
const TIME_MS = 1_764_000_000_000
const NAMES = Array.from({ length: 100 }, (_, index) => `file-${index}`)

export type Handlers = InodeHandlers<string, number | object>

/** As a filesystem without a store would make them, anew for each answer. */
function attributes() {
  return {
    mode: 0o100644,
    size: SIZE,
    nlink: 1,
    uid: 1000,
    gid: 1000,
    mtimeMs: TIME_MS,
    atimeMs: TIME_MS,
    ctimeMs: TIME_MS,
  }
}

const entries = () => NAMES.map((name) => ({ name, attributes: attributes() }))

export const inodeHandlers: Handlers = {
  lookup: () => ({ attributes: attributes() }),
  getattr: () => attributes(),
  open: () => 7,
  read: (_file, buffer) => buffer.length,
  write: (_file, buffer) => buffer.length,
  readdirplus: entries,
}

export const asyncInodeHandlers: Handlers = {
  lookup: async () => ({ attributes: attributes() }),
  getattr: async () => attributes(),
  open: async () => 7,
  read: async (_file, buffer) => buffer.length,
  write: async (_file, buffer) => buffer.length,
  readdirplus: async () => entries(),
}

export const pathHandlers: PathHandlers<string, number | object> = {
  getattr: () => attributes(),
  open: () => 7,
  read: (_file, buffer) => buffer.length,
  write: (_file, buffer) => buffer.length,
  readdir: entries,
}

export const asyncPathHandlers: PathHandlers<string, number | object> = {
  getattr: async () => attributes(),
  open: async () => 7,
  read: async (_file, buffer) => buffer.length,
  write: async (_file, buffer) => buffer.length,
  readdir: async () => entries(),
}
