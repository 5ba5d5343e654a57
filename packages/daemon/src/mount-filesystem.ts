// mount(): a session whose device is a mount of the kernel's.

import type { FilesystemDefinition } from '@fuseloop/core'
import { DEFAULT_READ_AHEAD } from '@fuseloop/core/session'
import type { MountRequest } from '@fuseloop/native'
import { MountWatcher } from './mount/mount-watcher.js'
import { raiseReadAhead } from './mount/read-ahead.js'
import type { MountSession } from './session/mount-session.js'
import { type MountSettings, planSession, type SessionPlan } from './session/session-plan.js'
import { shutDownOnSignals } from './session/shutdown-signals.js'
import { startSession } from './session/start-session.js'

/**
 * Mounts a filesystem and resolves once it answers.
 * @param filesystem a module (./path, URL), a package (npm:name, @scope/name), the name of an example, or a
 * definition itself, which runs on this thread (loop `single`)
 * @param mountpoint a directory; or `/dev/fd/N`, an open /dev/fuse that somebody else has mounted and whose INIT nobody
 * has read: it is taken over and closed in the end, and unmounting is left to who mounted
 * @throws FuseError ERR_FUSE_USAGE, ERR_FUSE_BAD_MODULE, ERR_FUSE_BAD_OPTION, ERR_FUSE_MOUNT ...; errors of the
 * system with their POSIX code
 */
export async function mount(
  filesystem: string | URL | FilesystemDefinition,
  mountpoint: string,
  settings: MountSettings = {},
): Promise<MountSession> {
  const plan = planSession(filesystem, mountpoint, settings)
  const session = await mountAs(plan)
  if (plan.handleSignals) shutDownOnSignals(session)
  await settleReadAhead(session)
  return session
}

async function mountAs(plan: SessionPlan): Promise<MountSession> {
  const { device } = plan
  if (device !== undefined) return await startSession(plan, (native) => native.adopt(device))
  if (!plan.mountOptions.autoUnmount)
    return await startSession(plan, (native) => native.mount(mountRequest(plan)))
  const watcher = await MountWatcher.start()
  try {
    const session = await startSession(plan, async (native) => {
      const init = await native.mount(mountRequest(plan))
      watcher.watch(native.watchOrder())
      return init
    })
    void session.closed.then(() => watcher.dismiss())
    return session
  } catch (error) {
    watcher.dismiss()
    throw error
  }
}

/** Beyond what INIT allows, for which the kernel offers every mount the same. It is worth a word only to who asked. */
async function settleReadAhead(session: MountSession): Promise<void> {
  const { maxReadahead: asked } = session.limits
  const { maxReadahead: settled } = session.status().parameters
  const wanted = asked ?? DEFAULT_READ_AHEAD
  if (wanted <= settled) return
  const why = await raiseReadAhead(session.mountpoint, wanted)
  if (why !== undefined && asked !== undefined)
    process.stderr.write(`fuseloop: read-ahead stays at ${settled} bytes: ${why}\n`)
}

function mountRequest(plan: SessionPlan): MountRequest {
  const { source, subtype, kernelOptions, flagOptions } = plan.mountOptions
  return {
    mountpoint: plan.mountpoint,
    source: source ?? plan.filesystemName,
    subtype: subtype ?? 'fuseloop',
    kernelOptions,
    flagOptions,
    helper: plan.mountHelper,
  }
}
