// A filesystem that misbehaves where it is asked to: /OPERATION/FAULT makes the handler of OPERATION do FAULT, and
// behave elsewhere. /README tells which there are. For tests, and to see what clients get: with `--loop single` the
// faults that end a worker end the daemon.

import { defineFilesystem, FsError } from '@fuseloop/core'
import { FAULTS } from './faults.js'

/** `getattr` is asked at each lookup: whoever lists /getattr with attributes meets every fault. */
const OPERATIONS = ['getattr', 'open', 'read', 'write', 'flush', 'release', 'readdir'] as const
type Operation = (typeof OPERATIONS)[number]

const README = Buffer.from(
  [
    'Files are named /OPERATION/FAULT: the handler of OPERATION does FAULT, all others behave.',
    '',
    `OPERATION is one of ${OPERATIONS.join(', ')}; FAULT one of`,
    ...Object.entries(FAULTS).map(
      ([name, { description }]) => `  ${name.padEnd(16)}${description}`,
    ),
    '',
  ].join('\n'),
)
const CONTENT = Buffer.from('good\n')

interface Place {
  readonly operation: Operation
  readonly fault: string
}

/** The filesystem; its option `delay` is how long handlers take that are late or block. */
export default defineFilesystem({
  options: {
    delay: {
      type: 'duration',
      default: '2s',
      description: 'how long handlers take that are late or block',
    },
  },
  cache: { entryTimeoutMs: 0, attributesTimeoutMs: 0 },
  create({ options }) {
    /** What `operation` gives at `path`: `answer`, unless it is asked to do otherwise. */
    // biome-ignore lint/suspicious/noExplicitAny: what it returns is wrong by intent
    const at = (operation: Operation, path: string, answer: unknown, buffer?: Buffer): any => {
      const place = placeOf(path)
      if (place?.operation !== operation) return answer
      return FAULTS[place.fault]?.run({ buffer, delayMs: options.delay, answer })
    }
    return {
      getattr: (path) => at('getattr', path, attributesOf(path)),
      readdir: (path) => at('readdir', path, listingOf(path)),
      open: (path) => at('open', path, { directIo: path !== '/README' }),
      read: ({ path }, buffer, position) =>
        at('read', path, contentOf(path).subarray(position).copy(buffer), buffer),
      write: ({ path }, buffer) => at('write', path, buffer.length, buffer),
      setattr: () => undefined,
      flush: ({ path }) => at('flush', path, undefined),
      release: ({ path }) => at('release', path, undefined),
    }
  },
})

function placeOf(path: string): Place | undefined {
  const [, operation, fault, ...rest] = path.split('/')
  if (rest.length > 0 || fault === undefined || !Object.hasOwn(FAULTS, fault)) return undefined
  return isOperation(operation) ? { operation, fault } : undefined
}

function attributesOf(path: string): { mode: number; nlink?: number; size?: number } {
  const place = placeOf(path)
  if (path === '/' || isOperation(path.slice(1)) || place?.operation === 'readdir')
    return { mode: 0o40755, nlink: 2 }
  if (path === '/README') return { mode: 0o100444, size: README.length }
  if (place === undefined) throw new FsError('ENOENT')
  return { mode: 0o100666, size: CONTENT.length }
}

function listingOf(path: string): string[] {
  if (path === '/') return ['README', ...OPERATIONS]
  return isOperation(path.slice(1)) ? Object.keys(FAULTS) : []
}

function contentOf(path: string): Buffer {
  return path === '/README' ? README : CONTENT
}

function isOperation(name: string | undefined): name is Operation {
  return OPERATIONS.some((operation) => operation === name)
}
