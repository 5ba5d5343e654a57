// From whatever was thrown to what the caller of a command sees: one line without a stack, and an exit code.

import { debuglog } from 'node:util'
import { FuseError, type FuseErrorCode } from '@fuseloop/core/session'
import { CommanderError } from 'commander'

/** What went wrong: the command line, the filesystem's module, a mountpoint that is not there, the mount itself, or the background process. */
type FailureKind = 'usage' | 'filesystem' | 'mountpoint' | 'mount' | 'start'

/** Plain data. Each command has exit codes of its own for the kinds. */
export interface Failure {
  readonly kind: FailureKind
  /** One line. */
  readonly message: string
}

const debug = debuglog('fuseloop')

export function failureOf(error: unknown): Failure {
  return { kind: kindOf(error), message: oneLine(messageOf(error)) }
}

export function printFailure(program: string, { message }: Pick<Failure, 'message'>): void {
  process.stderr.write(`${program}: ${message}\n`)
}

/** For NODE_DEBUG=fuseloop. */
export function debugStack(error: unknown): void {
  debug(error instanceof Error ? (error.stack ?? error.message) : String(error))
}

export function usage(message: string): FuseError {
  return new FuseError('ERR_FUSE_USAGE', message)
}

/** Says of an error of mount() what it means for those who typed the command. */
export function explainMountFailure(error: unknown, filesystem: string): unknown {
  if (FuseError.is(error)) {
    if (error.code === 'ERR_FUSE_BAD_OPTION') return renamed(error, `--set for ${filesystem}: `)
    return OF_THE_FILESYSTEM.has(error.code) ? renamed(error, `${filesystem}: `) : error
  }
  if (!isSystemError(error)) return isCoded(error) ? error : thrownBy(filesystem, error)
  if (error.syscall !== 'mount' || detailOf(error) !== undefined) return error
  const reason = MOUNTPOINT_REASONS[error.code ?? '']
  return reason === undefined
    ? error
    : new FuseError('ERR_FUSE_MOUNT', `the mountpoint ${error.path} ${reason}`, { cause: error })
}

const MOUNTPOINT_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'is not a directory',
}

const OF_THE_FILESYSTEM: ReadonlySet<FuseErrorCode> = new Set([
  'ERR_FUSE_WORKER',
  'ERR_FUSE_BAD_FLAG',
  'ERR_FUSE_BAD_CACHE',
  'ERR_FUSE_BAD_RESULT',
])

function isCoded(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException | null)?.code).startsWith('ERR_FUSE_')
}

/** Without workers, what `create` throws comes as it is. */
function thrownBy(filesystem: string, cause: unknown): FuseError {
  return new FuseError('ERR_FUSE_WORKER', `${filesystem}: ${messageOf(cause)}`, { cause })
}

function renamed(error: FuseError, prefix: string): FuseError {
  return new FuseError(error.code, `${prefix}${error.message}`, { cause: error })
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

/** What an error of the addon says after the system's own words, if anything (base/system-error.cpp). */
export function detailOf(error: NodeJS.ErrnoException): string | undefined {
  return error.message.split(`'${error.path}': `)[1]
}

function kindOf(error: unknown): FailureKind {
  if (error instanceof CommanderError) return 'usage'
  if (!FuseError.is(error)) return 'mount'
  if (error.code === 'ERR_FUSE_USAGE' || error.code === 'ERR_FUSE_BAD_OPTION') return 'usage'
  if (error.code === 'ERR_FUSE_BAD_MODULE') return 'filesystem'
  if (OF_THE_FILESYSTEM.has(error.code)) return 'filesystem'
  const { code, syscall } = (error.cause ?? {}) as NodeJS.ErrnoException
  return code === 'ENOENT' && syscall === 'mount' ? 'mountpoint' : 'mount'
}

function messageOf(error: unknown): string {
  if (error instanceof CommanderError) return describeCommanderError(error)
  return error instanceof Error ? error.message : String(error)
}

function describeCommanderError(error: CommanderError): string {
  if (error.code === 'commander.help')
    return 'say what to do: mount or unmount (see fuseloop --help)'
  return `${error.message.replace(/^error: /, '')} (see fuseloop --help)`
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ')
}
