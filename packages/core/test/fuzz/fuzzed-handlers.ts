// A filesystem of a few nodes that answers at once, later, or with an error, and looks at what it is given.

import { FsError, type InodeHandlers, type OpenFile, type Text } from '@fuseloop/core/inode'

type Handlers = InodeHandlers<Text, number | object>
type File = OpenFile<Text, number | object>

const FILE = { mode: 0o100644 }
const DIRECTORY = { mode: 0o040755 }
const MOST_BYTES = 69_632

/** An object handle that it gave; anything else that is no integer is not its own. */
class Opened {
  readonly number: number

  constructor(number: number) {
    this.number = number
  }
}

async function later<V>(fails: boolean, value: V): Promise<V> {
  await new Promise((resolve) => setImmediate(resolve))
  if (fails) throw new FsError('EACCES')
  return value
}

/** @param complain gets what no handler should be given */
export function fuzzedHandlers(complain: (what: string) => void): Handlers {
  let calls = 0
  let opens = 0

  /** Every third answer comes later, every fifth of all is an error. */
  function give<V>(value: V): V | Promise<V> {
    calls += 1
    const fails = calls % 5 === 0
    if (calls % 3 === 0) return later(fails, value)
    if (fails) throw new FsError('EACCES')
    return value
  }

  function name(text: Text): void {
    const inside = String(text)
    if (inside.length === 0 || /[/\0]/.test(inside)) complain(`the name ${JSON.stringify(inside)}`)
  }

  function attribute(text: Text): void {
    const inside = String(text)
    if (inside.length === 0 || inside.includes('\0')) complain(`the attribute ${inside}`)
  }

  function number(what: string, value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) complain(`${what} ${value}`)
  }

  function file({ node, handle, flags }: File): void {
    number('nodeid', node.nodeid)
    number('flags', flags)
    if (typeof handle === 'number') number('handle', handle)
    else if (!(handle instanceof Opened)) complain('an object that is no handle')
  }

  function transfer(given: File, buffer: Buffer, position: number): void {
    file(given)
    number('position', position)
    if (buffer.byteLength > MOST_BYTES) complain(`a buffer of ${buffer.byteLength} bytes`)
  }

  function handle(): number | Opened {
    opens += 1
    return opens % 2 === 0 ? opens : new Opened(opens)
  }

  function entry(text: Text): { attributes: { mode: number } } {
    name(text)
    return { attributes: String(text) === 'd' ? DIRECTORY : FILE }
  }

  return {
    lookup: (_parent, text) => (String(text) === 'h' ? undefined : give(entry(text))),
    forget: (nodes) => {
      for (const { nodeid } of nodes) number('forgotten', nodeid)
    },
    getattr: (node, given) => {
      if (given !== undefined) file(given)
      return give(node.nodeid === 1 ? DIRECTORY : FILE)
    },
    setattr: (_node, changes, given) => {
      if (given !== undefined) file(given)
      if (changes.size !== undefined) number('size', changes.size)
      return give(FILE)
    },
    readlink: () => give('target'),
    symlink: (_parent, text) => give({ ...entry(text), attributes: { mode: 0o120777 } }),
    mknod: (_parent, text) => give(entry(text)),
    mkdir: (_parent, text) => give({ ...entry(text), attributes: DIRECTORY }),
    unlink: (_parent, text) => give(name(text)),
    rmdir: (_parent, text) => give(name(text)),
    rename: (_parent, text, _newParent, newText, flags) => {
      name(text)
      number('flags', flags)
      return give(name(newText))
    },
    link: (_node, _newParent, text) => give(entry(text)),
    open: (_node, flags) => {
      number('flags', flags)
      return give({ handle: handle() })
    },
    tmpfile: (_parent, mode) => {
      number('mode', mode)
      return give({ attributes: FILE, handle: handle() })
    },
    create: (_parent, text) => give({ ...entry(text), handle: handle() }),
    read: (given, buffer, position) => {
      transfer(given, buffer, position)
      return give(buffer.byteLength % 2 === 0 ? buffer.byteLength : buffer.subarray(0, 1))
    },
    write: (given, buffer, position) => {
      transfer(given, buffer, position)
      return give(buffer.byteLength)
    },
    flush: (given) => give(file(given)),
    release: (given) => give(file(given)),
    fsync: (given) => give(file(given)),
    opendir: () => give({ handle: handle() }),
    readdir: (given) => {
      file(given)
      return give(['a', 'b', 'a name of some length'])
    },
    readdirplus: (given, offset) => {
      file(given)
      if (typeof offset === 'number') number('offset', offset)
      const entry = { attributes: FILE, identity: Buffer.from('i') }
      return give([
        { name: 'a', ...entry, cookie: 1 },
        { name: 'b', cookie: 2n ** 62n },
      ])
    },
    releasedir: (given) => give(file(given)),
    fsyncdir: (given) => give(file(given)),
    statfs: () => give({ bsize: 4096, blocks: 1, bfree: 1, bavail: 1, files: 1, ffree: 1 }),
    access: () => give(undefined),
    setxattr: (_node, text, value) => {
      attribute(text)
      if (value.byteLength > MOST_BYTES) complain(`a value of ${value.byteLength} bytes`)
      return give(undefined)
    },
    getxattr: (_node, text) => {
      attribute(text)
      return give('value')
    },
    listxattr: () => give(['user.a', 'user.b']),
    fallocate: (given, _mode, offset, length) => {
      file(given)
      number('offset', offset)
      return give(number('end', offset + length))
    },
    lseek: (given, offset) => {
      file(given)
      number('offset', offset)
      return give(offset)
    },
    copy_file_range: (source, from, target, to, length) => {
      file(source)
      file(target)
      number('source', from + length)
      number('target', to + length)
      return give(length)
    },
    syncfs: () => give(undefined),
    ioctl: (given, _command, input, outputSize) => {
      file(given)
      number('room', outputSize)
      return give({ data: input.subarray(0, outputSize) })
    },
    bmap: (_node, _blocksize, block) => give(number('block', block) ?? block),
    statx: (node, given) => {
      if (given !== undefined) file(given)
      return give(node.nodeid === 1 ? DIRECTORY : FILE)
    },
    removexattr: (_node, text) => give(attribute(text)),
  }
}
