// From what a filesystem says that it has changed to the notifications that are safe and enough. What the node table
// does not know the kernel has not cached.

import type { Nodeid } from '../base/ids.js'
import { encodeText } from '../protocol/index.js'
import { FuseError } from './fuse-error.js'
import { type NodeTable, ROOT_NODEID } from './node-table.js'

/** A path that begins with '/', as text or bytes; a nodeid; what handlers get as `node`; or an identity of `lookup`'s. */
export type NodeSubject =
  | string
  | Uint8Array
  | Nodeid
  | { readonly nodeid: Nodeid }
  | { readonly identity: Uint8Array }

type Numbered = Extract<NodeSubject, Nodeid | { readonly nodeid: Nodeid }>

/** What is asked of the node table. */
export type NodePlaces = Pick<NodeTable, 'child' | 'withIdentity' | 'path' | 'parent'>

/** Where a name stands, and for what, as far as it is known. */
export interface ChangedPlace {
  readonly parent: Nodeid
  readonly name: Uint8Array
  readonly node: Nodeid | undefined
}

const SLASH = 0x2f

/** The node that is meant; undefined where nothing of it is cached. @throws FuseError ERR_FUSE_USAGE */
export function changedNode(subject: NodeSubject, nodes: NodePlaces): Nodeid | undefined {
  if (!isPath(subject)) return nodeOf(subject, nodes)
  let node: Nodeid | undefined = ROOT_NODEID
  for (const name of namesOf(subject)) {
    if (node === undefined) return undefined
    node = nodes.child(node, name)
  }
  return node
}

/**
 * The name that is meant, and of a node its newest one; undefined where its directory is not cached, and for the
 * root. @throws FuseError ERR_FUSE_USAGE
 */
export function changedPlace(subject: NodeSubject, nodes: NodePlaces): ChangedPlace | undefined {
  const path = isPath(subject) ? subject : pathOf(nodeOf(subject, nodes), nodes)
  if (path === undefined) return undefined
  const names = namesOf(path)
  const name = names.pop()
  if (name === undefined) return undefined
  let parent: Nodeid | undefined = ROOT_NODEID
  for (const own of names) parent = parent === undefined ? undefined : nodes.child(parent, own)
  return parent === undefined ? undefined : { parent, name, node: nodes.child(parent, name) }
}

/** @throws FuseError ERR_FUSE_USAGE for what is no node */
function idOf(node: Numbered): Nodeid {
  const nodeid = typeof node === 'number' ? node : (node as { nodeid?: unknown } | null)?.nodeid
  if (!Number.isSafeInteger(nodeid) || (nodeid as number) < 1)
    throw usage('expected a path, a nodeid, or an object with nodeid or identity')
  return nodeid as Nodeid
}

export function usage(message: string): FuseError {
  return new FuseError('ERR_FUSE_USAGE', `notify: ${message}`)
}

function isPath(subject: NodeSubject): subject is string | Uint8Array {
  return typeof subject === 'string' || subject instanceof Uint8Array
}

function nodeOf(
  subject: Exclude<NodeSubject, string | Uint8Array>,
  nodes: NodePlaces,
): Nodeid | undefined {
  const { identity, nodeid } = Object(subject) as { identity?: unknown; nodeid?: unknown }
  // What handlers get has both, and the root's identity is empty.
  if (nodeid === undefined && identity instanceof Uint8Array) return nodes.withIdentity(identity)
  return idOf(subject as Numbered)
}

function pathOf(node: Nodeid | undefined, nodes: NodePlaces): Uint8Array | undefined {
  const path = node === undefined ? undefined : nodes.path(node)
  return path === undefined ? undefined : Buffer.concat([Buffer.from('/'), path])
}

function namesOf(path: string | Uint8Array): Uint8Array[] {
  const bytes = typeof path === 'string' ? encodeText(path) : path
  if (bytes[0] !== SLASH) throw usage("a path begins with '/'")
  const names: Uint8Array[] = []
  for (let start = 1; start < bytes.byteLength; ) {
    const slash = bytes.indexOf(SLASH, start)
    const end = slash < 0 ? bytes.byteLength : slash
    if (end > start) names.push(bytes.subarray(start, end))
    start = end + 1
  }
  return names
}
