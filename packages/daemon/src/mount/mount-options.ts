// `-o a,b=c` as mount(8) writes it, split into what the kernel's FUSE, mount(2) and the mount's name take.

import { FuseError } from '@fuseloop/core/session'
import { splitOption, splitOptionList } from './option-list.js'

/** Mount options by name: true for a bare one. */
export type MountOptions = Readonly<Record<string, string | number | boolean>>

export interface SplitMountOptions {
  readonly source: string | undefined
  readonly subtype: string | undefined
  readonly kernelOptions: readonly string[]
  readonly flagOptions: readonly string[]
  /** Unmount when this process is killed. */
  readonly autoUnmount: boolean
}

const NOT_FOR_THE_KERNEL = new Set([
  'fsname',
  'subtype',
  'default_permissions',
  'no_default_permissions',
  'auto_unmount',
])
/** Options of the kernel's FUSE (fs/fuse/inode.c fuse_fs_parameters) that are not ours to set. */
const KERNEL_FLAGS = new Set(['allow_other'])
const KERNEL_VALUES = new Set(['max_read'])
/** mount(8), filesystem-independent options that map to MS_* flags. */
const GENERIC_FLAGS = new Set(
  ['ro', 'rw', 'nosuid', 'suid', 'nodev', 'dev', 'noexec', 'exec', 'noatime', 'atime'].concat([
    'nodiratime',
    'diratime',
    'relatime',
    'strictatime',
    'nosymfollow',
    'symfollow',
    'sync',
    'async',
    'dirsync',
  ]),
)

/** Reads one `-o` argument. @throws FuseError ERR_FUSE_USAGE for an option without a name */
export function parseMountOptions(text: string): MountOptions {
  const options = splitOptionList(text).map((item) => {
    const [name, value] = splitOption(item)
    if (name === '') throw new FuseError('ERR_FUSE_USAGE', `mount option '${item}' has no name`)
    return [name, value ?? true] as const
  })
  // Whatever a name is, `__proto__` too, it becomes a property.
  return Object.fromEntries(options)
}

/** @throws FuseError ERR_FUSE_USAGE naming an option that is unknown or lacks its value */
export function splitMountOptions(options: MountOptions): SplitMountOptions {
  // Without it every permission check is the filesystem's own, which few filesystems make.
  const kernelOptions = options['no_default_permissions'] === true ? [] : ['default_permissions']
  const flagOptions: string[] = []
  for (const [name, value] of Object.entries(options)) {
    if (value === false || NOT_FOR_THE_KERNEL.has(name)) continue
    if (KERNEL_FLAGS.has(name) && value === true) kernelOptions.push(name)
    else if (KERNEL_VALUES.has(name) && isCount(value)) kernelOptions.push(`${name}=${value}`)
    else if (GENERIC_FLAGS.has(name) && value === true) flagOptions.push(name)
    else throw new FuseError('ERR_FUSE_USAGE', describeRefusal(name, value))
  }
  return {
    source: textOption(options, 'fsname'),
    subtype: textOption(options, 'subtype'),
    kernelOptions,
    flagOptions,
    autoUnmount: flag(options, 'auto_unmount'),
  }
}

function flag(options: MountOptions, name: string): boolean {
  const value = options[name] ?? false
  if (typeof value === 'boolean') return value
  throw new FuseError('ERR_FUSE_USAGE', `mount option '${name}' takes no value, got '${value}'`)
}

function isCount(value: string | number | boolean): boolean {
  return typeof value !== 'boolean' && /^\d+$/.test(String(value))
}

function textOption(options: MountOptions, name: string): string | undefined {
  const value = options[name]
  if (value === undefined || (typeof value === 'string' && value !== ''))
    return value as string | undefined
  throw new FuseError('ERR_FUSE_USAGE', `mount option '${name}' needs a value`)
}

function describeRefusal(name: string, value: string | number | boolean): string {
  if (KERNEL_VALUES.has(name)) return `mount option '${name}' needs a number`
  if (KERNEL_FLAGS.has(name) || GENERIC_FLAGS.has(name))
    return `mount option '${name}' takes no value, got '${value}'`
  return `unknown mount option '${name}'`
}
