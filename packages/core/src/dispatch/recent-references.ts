// The nodes and open files that handlers were given last. Both never change, so whoever is given one again may have the
// same object: of requests on the same file, one after another, none makes objects.

import type { Low32, Nodeid } from '../base/ids.js'
import { NodeReference, type OpenFile, type Text, type TextCodec } from '../inode/index.js'
import type { NodeTable } from '../session/index.js'

type File = OpenFile<Text, number | object> & { readonly node: NodeReference }

/** A power of two; what comes to a place that is taken replaces what is there. */
const PLACES = 64

/** Of one worker. */
export class RecentReferences {
  readonly #table: NodeTable
  readonly #text: TextCodec
  readonly #nodes = new Array<NodeReference | undefined>(PLACES).fill(undefined)
  readonly #files = new Array<File | undefined>(PLACES).fill(undefined)

  constructor(table: NodeTable, text: TextCodec) {
    this.#table = table
    this.#text = text
  }

  node(nodeid: Nodeid): NodeReference {
    const place = nodeid & (PLACES - 1)
    const recent = this.#nodes[place]
    if (recent !== undefined && recent.nodeid === nodeid) return recent
    const node = new NodeReference(nodeid, this.#table, this.#text)
    this.#nodes[place] = node
    return node
  }

  /** @param handle what fh stands for, as the handler knows it */
  file(nodeid: Nodeid, fhLow: Low32<'fh'>, handle: number | object, flags: number): File {
    const place = placeOf(nodeid, fhLow)
    const recent = this.#files[place]
    if (
      recent !== undefined &&
      recent.handle === handle &&
      recent.flags === flags &&
      recent.node.nodeid === nodeid
    )
      return recent
    const file = { node: this.node(nodeid), handle, flags }
    this.#files[place] = file
    return file
  }

  /** The file is closed: its handle, which may be an object, is not to be kept alive by this. */
  dropFile(nodeid: Nodeid, fhLow: Low32<'fh'>): void {
    this.#files[placeOf(nodeid, fhLow)] = undefined
  }
}

function placeOf(nodeid: Nodeid, fhLow: Low32<'fh'>): number {
  return (nodeid ^ fhLow) & (PLACES - 1)
}
