// Why a flag cannot be honoured on a mount, whatever its kernel offers.

import { InitFlag, type InitFlagName } from '../protocol/index.js'
import { FLAG_DUTIES } from './init-flag-duties.js'
import type { SessionWishes } from './session-parameters.js'

/** In words, for messages and the report; undefined if nothing is in the way. */
export function obstacleTo(name: InitFlagName, wishes: SessionWishes): string | undefined {
  const { unsupported, needs } = FLAG_DUTIES[name]
  if (unsupported !== undefined) return unsupported
  const refused = neededFlags(name).find((needed) => wishes.refuse?.includes(needed))
  if (refused !== undefined) return `it needs ${refused}, which is refused`
  return methodObstacle(needs, wishes.methods) ?? optionObstacle(needs, wishes)
}

/** Whether two flags cannot be granted together; either row may say so. */
export function excludes(one: InitFlagName, other: InitFlagName): boolean {
  return (
    FLAG_DUTIES[one].excludes?.includes(other) === true ||
    FLAG_DUTIES[other].excludes?.includes(one) === true
  )
}

/** The kernel looks at the upper word only if INIT_EXT is set (fs/fuse/inode.c process_init_reply()). */
function neededFlags(name: InitFlagName): readonly InitFlagName[] {
  const needed = FLAG_DUTIES[name].needs?.flags ?? []
  return InitFlag[name] >= 32 ? [...needed, 'INIT_EXT'] : needed
}

type Needs = (typeof FLAG_DUTIES)[InitFlagName]['needs']

/** Nothing where the methods are not known. */
function methodObstacle(needs: Needs, methods: SessionWishes['methods']): string | undefined {
  if (methods === undefined) return undefined
  const missing = needs?.methods?.filter((method) => !methods.includes(method)) ?? []
  if (missing.length > 0) return `the handlers have no ${missing.join(', no ')}`
  const present = needs?.noMethods?.find((method) => methods.includes(method))
  return present === undefined ? undefined : `the handlers have ${present}`
}

function optionObstacle(needs: Needs, wishes: SessionWishes): string | undefined {
  const need = needs?.mountOption
  const options = wishes.mountOptions
  if (need === undefined || options === undefined || options.includes(need.option)) return undefined
  const asked = [...(wishes.want ?? []), ...(wishes.require ?? [])]
  if (need.unless !== undefined && asked.includes(need.unless)) return undefined
  return `it needs the mount option ${need.option}`
}
