// What -h and -V print, in libfuse's layout.

import type { OptionSchema, OptionSpec } from '@fuseloop/core'
import { KERNEL_MAJOR, KERNEL_MINOR_MAX } from '@fuseloop/core/protocol'
import { readVersion } from '../command/version.js'

const INDENT = '    '
/** Where descriptions begin. */
const COLUMN = 23

const FUSE_OPTIONS = `FUSE options:
    -h   --help            print help
    -V   --version         print version
    -d   -o debug          one line per request on stderr (implies -f)
    -f                     foreground operation
    -s                     one thread: handlers run where the mount is served
    -o max_threads=N       number of worker threads (at most 64)
    -o log=FILE            where the background process appends what it has to say
    -o cache=PROFILE       none, closeToOpen, ttl, immutable or writeback
    -o kernel_cache        cache files in kernel
    -o [no]auto_cache      enable caching based on modification times
    -o entry_timeout=T     cache timeout for names, in seconds
    -o negative_timeout=T  cache timeout for deleted names
    -o attr_timeout=T      cache timeout for attributes
    -o uid=N, -o gid=N     set file owner, set file group
    -o umask=M             set file permissions (octal); also fmask, dmask
    -o timeout=[OP=]TIME   how long a client waits for an answer (30s, read=5s)
    -o timeout_code=CODE   what the client then gets (ETIMEDOUT)
    -o interrupts=[OP=]POLICY
                           ignore, signal, cancel or answer a client's signal
    -o resource_limit=heap=SIZE
                           of each worker; also youngHeap, code, stack
    -o locks=KEEPER        who keeps locks of files: kernel or session
    -o max_write=N         bytes of one write; also max_readahead, max_background,
                           congestion_threshold, time_gran
    -o max_nodes=N         have the kernel forget unused nodes beyond N
    -o noforget            keep what the kernel forgets; remember_nodes=N: so many
    -o allow_other         allow access by all users
    -o no_default_permissions
                           leave the checks of permissions to the filesystem
    -o ro,fsname=...       whatever else mount(8) and fuse(4) take
`

export function helpText(program: string, schema: OptionSchema, operands: string): string {
  const own = Object.entries(schema).map(([name, spec]) => ownOption(name, spec))
  const section =
    own.length === 0
      ? ''
      : `File-system specific options (--name=VALUE, or -o name=VALUE):\n${own.join('')}\n`
  return `usage: ${program} [options] ${operands}\n\n${section}${FUSE_OPTIONS}`
}

function ownOption(name: string, spec: OptionSpec): string {
  const what = spec.type === 'boolean' ? `--${name}` : `--${name}=${placeholder(spec)}`
  const notes = [spec.description, noteOf(spec)].filter((note) => note !== undefined).join(' ')
  const head = INDENT + what
  const gap =
    head.length < COLUMN + INDENT.length
      ? ' '.repeat(COLUMN + INDENT.length - head.length)
      : `\n${' '.repeat(COLUMN + INDENT.length)}`
  return `${notes === '' ? head : head + gap + notes}\n`
}

function placeholder(spec: OptionSpec): string {
  return spec.type === 'enum' ? spec.values.join('|') : PLACEHOLDERS[spec.type]
}

const PLACEHOLDERS = {
  string: '<s>',
  number: '<n>',
  boolean: '',
  size: '<size>',
  duration: '<time>',
  path: '<path>',
} as const

function noteOf(spec: OptionSpec): string | undefined {
  if (spec.required === true) return '(required)'
  return spec.default === undefined ? undefined : `(default: ${JSON.stringify(spec.default)})`
}

export function versionText(): string {
  return `fuseloop version ${readVersion()}\nusing FUSE kernel interface version ${KERNEL_MAJOR}.${KERNEL_MINOR_MAX}\n`
}
