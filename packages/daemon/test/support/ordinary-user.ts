// A user without privilege, who mounts through fusermount3: commands run as nobody, in a mount namespace of their own in
// which /dev/fuse is open to all, as udev makes it, /etc/fuse.conf is empty, and the checkout can be read wherever it is.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { whyNoMounts } from './mount-environment.js'
import { waitUntil, within } from './wait-until.js'

const CHECKOUT = fileURLToPath(new URL('../../../../', import.meta.url))
/** nobody; fusermount3 wants a user with a name. */
const ID = 65534
const DEADLINE_MS = 100_000

/** $1: the folder, $2: the checkout. Everything ends with the namespace. */
const PREPARE = `set -e
mknod "$1/device" c 10 229; chmod 666 "$1/device"; mount --bind "$1/device" /dev/fuse
if [ -e /etc/fuse.conf ]; then mount --bind /dev/null /etc/fuse.conf; fi
mount --bind "$2" "$1/checkout"
echo ready; cat; true # not exec: the first process has to reap the others`

export interface UserResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Why nothing can be mounted by an ordinary user; in CI everything can. */
export function whyNoOrdinaryUser(): string | false {
  const reason = whyNoMounts()
  if (reason !== false || process.env['CI'] === 'true') return reason
  const hasHelper = spawnSync('fusermount3', ['--version'], { stdio: 'ignore' }).status === 0
  return hasHelper ? false : 'needs fusermount3 (Debian package fuse3)'
}

export class OrdinaryUser {
  /** His own; it holds `mnt`. */
  readonly folder: string
  readonly mountpoint: string
  readonly #namespace: ChildProcess

  private constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'fuseloop-user-'))
    this.mountpoint = join(this.folder, 'mnt')
    for (const name of ['mnt', 'checkout']) mkdirSync(join(this.folder, name))
    chmodSync(this.folder, 0o755)
    for (const path of [this.folder, this.mountpoint]) chownSync(path, ID, ID)
    const command = ['sh', '-c', PREPARE, 'sh', this.folder, CHECKOUT]
    // Its death ends all that runs there: nothing is left behind.
    this.#namespace = spawn(
      'unshare',
      [
        '--mount',
        '--propagation',
        'private',
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        ...command,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
  }

  /** Ends when the test does. */
  static async start(t: Test): Promise<OrdinaryUser> {
    const user = new OrdinaryUser()
    t.teardown(() => user.#destroy())
    const [line] = await within(
      'the namespace',
      once(user.#namespace.stdout as NonNullable<ChildProcess['stdout']>, 'data'),
      DEADLINE_MS,
    )
    if (String(line) !== 'ready\n') throw new Error(`the namespace says ${line}`)
    return user
  }

  /** Runs a program as the user, in his folder, to its end. */
  async run(program: string, ...args: string[]): Promise<UserResult> {
    const asUser = ['setpriv', `--reuid=${ID}`, `--regid=${ID}`, '--clear-groups', '--', program]
    return await this.#enter([...asUser, ...args])
  }

  /** The `fuseloop` command. */
  fuseloop(...args: string[]): Promise<UserResult> {
    const command = join(this.folder, 'checkout/packages/daemon/bin/fuseloop.js')
    return this.run(process.execPath, command, ...args)
  }

  asRoot(program: string, ...args: string[]): Promise<UserResult> {
    return this.#enter([program, ...args])
  }

  /** The lines of his mount table that are about a mountpoint: `mnt` of his folder unless another is given. */
  mounts(mountpoint = this.mountpoint): string[] {
    return readFileSync(`/proc/${this.#init()}/mountinfo`, 'utf8')
      .split('\n')
      .filter((line) => line.split(' ')[4] === mountpoint)
  }

  async isGone(): Promise<void> {
    await waitUntil('nothing is mounted', () => this.mounts().length === 0)
  }

  /** Processes of his whose command line matches, by their ids in his namespace. */
  async processes(pattern: string): Promise<string[]> {
    const { stdout } = await this.asRoot('pgrep', '-u', String(ID), '-f', pattern)
    return stdout.split('\n').filter(Boolean)
  }

  /** unshare(1) is outside of the namespace; its child is its first process. */
  #init(): string {
    const { pid } = this.#namespace
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  }

  async #enter(command: readonly string[]): Promise<UserResult> {
    const change = ['sh', '-c', 'cd "$0" && exec "$@"', this.folder, ...command]
    const child = spawn(
      'nsenter',
      ['--target', this.#init(), '--mount', '--pid', '--', ...change],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
    const [[code], stdout, stderr] = await within(command.join(' '), ended, DEADLINE_MS)
    return { code, stdout, stderr }
  }

  async #destroy(): Promise<void> {
    const ended = once(this.#namespace, 'exit')
    this.#namespace.kill('SIGKILL')
    await within('the end of the namespace', ended, DEADLINE_MS)
    rmSync(this.folder, { recursive: true, force: true })
  }
}
