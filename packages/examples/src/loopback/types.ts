// The loopback's nodes and files: names are bytes, a handle is a descriptor of this process.

import type { InodeHandlers, InodeNode, OpenFile } from '@fuseloop/core'

export type Node = InodeNode<Buffer>
export type File = OpenFile<Buffer, number>
export type Handlers = InodeHandlers<Buffer, number>
