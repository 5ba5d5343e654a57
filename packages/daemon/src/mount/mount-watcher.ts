// auto_unmount: a small process beside this one that unmounts when this one is gone, however it ended. libfuse leaves
// that to fusermount3, which goes by path and keeps what it inherits; ours knows the mount itself.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { FuseError } from '@fuseloop/core/session'
import { MOUNT_WATCHER } from '@fuseloop/native'

export class MountWatcher {
  readonly #process: ChildProcess
  readonly #pipe: Writable
  #isDismissed = false

  private constructor(watcher: ChildProcess) {
    this.#process = watcher
    this.#pipe = watcher.stdin as Writable
    // Who has ended reads no more; that it has is told by `exit`.
    this.#pipe.on('error', () => undefined)
    watcher.once('exit', (code, signal) => this.#warn(signal ?? `exit code ${code}`))
    // A mount, not its watcher, keeps this process alive.
    watcher.unref()
    ;(watcher.stdin as unknown as { unref(): void }).unref()
  }

  /** Before anything is mounted. @throws FuseError ERR_FUSE_MOUNT */
  static async start(): Promise<MountWatcher> {
    // Detached: it must survive a Ctrl-C for the group of this process.
    const watcher = spawn(MOUNT_WATCHER, [], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    try {
      await once(watcher, 'spawn')
    } catch (cause) {
      const message = `auto_unmount: the watcher does not start: ${(cause as Error).message}`
      throw new FuseError('ERR_FUSE_MOUNT', message, { cause })
    }
    return new MountWatcher(watcher)
  }

  /** @param order of NativeSession.watchOrder() */
  watch(order: Uint8Array): void {
    this.#pipe.write(order)
  }

  /** It ends; what is still mounted then, it unmounts. */
  dismiss(): void {
    this.#isDismissed = true
    this.#pipe.end()
  }

  #warn(how: string): void {
    if (this.#isDismissed) return
    process.stderr.write(
      `fuseloop[${process.pid}] warn: the watcher of auto_unmount (pid ${this.#process.pid}) ended (${how}); ` +
        'if this process is killed, its mount stays\n',
    )
  }
}
