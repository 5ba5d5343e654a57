// Which INIT flags a mount gets: the kernel's offer, the three lists, and FLAG_DUTIES put together. Pure.
// Rule: what a list names and this daemon or filesystem cannot honour is an error by name; what is only a
// default is left out, with the reason in the report.

import { InitFlag, type InitFlagName } from '../protocol/index.js'
import { excludes, obstacleTo } from './flag-obstacles.js'
import { FuseError } from './fuse-error.js'
import { FLAG_DUTIES } from './init-flag-duties.js'
import type { FlagReport, SessionWishes } from './session-parameters.js'

/** All flags in the order of their bits. */
export const ALL_FLAGS = Object.keys(InitFlag) as readonly InitFlagName[]

/**
 * @throws FuseError ERR_FUSE_BAD_FLAG for what cannot be honoured, ERR_FUSE_UNSUPPORTED_KERNEL for a required
 * flag that this kernel does not offer
 */
export function settleFlags(
  offered: readonly InitFlagName[],
  kernelMinor: number,
  wishes: SessionWishes,
): FlagReport {
  const { want = [], require = [], refuse = [] } = wishes
  const listed = [...new Set([...want, ...require, ...flagsOfLimits(wishes)])]
  checkLists(listed, refuse, wishes)
  const reasons = new Map<InitFlagName, string>()
  const explicit = withNeeded(listed)
  const firm = explicit.filter((name) => offered.includes(name))
  const asked = ALL_FLAGS.filter((name) => {
    if (explicit.includes(name)) return true
    const reason = reasonNotToAsk(name, firm, wishes)
    if (reason !== undefined) reasons.set(name, reason)
    return reason === undefined
  })
  const granted = grantable(asked, offered, kernelMinor, wishes, reasons)
  for (const name of require) {
    if (!granted.includes(name)) {
      throw new FuseError(
        'ERR_FUSE_UNSUPPORTED_KERNEL',
        `the required INIT flag ${name} cannot be had: ${reasons.get(name)}`,
      )
    }
  }
  return { offered, asked, granted, reasons: Object.fromEntries(reasons) }
}

function flagsOfLimits({ requestTimeout }: SessionWishes): InitFlagName[] {
  return requestTimeout > 0 ? ['REQUEST_TIMEOUT'] : []
}

function checkLists(
  listed: readonly InitFlagName[],
  refuse: readonly InitFlagName[],
  wishes: SessionWishes,
): void {
  for (const name of [...listed, ...refuse])
    if (!Object.hasOwn(InitFlag, name)) throw badFlag(`unknown INIT flag ${name}`)
  for (const name of listed) {
    if (refuse.includes(name)) throw badFlag(`INIT flag ${name} is both asked for and refused`)
    const obstacle = obstacleTo(name, wishes)
    if (obstacle !== undefined) throw badFlag(`INIT flag ${name} cannot be honoured: ${obstacle}`)
    const other = listed.find((candidate) => excludes(name, candidate))
    if (other !== undefined) throw badFlag(`INIT flags ${name} and ${other} exclude each other`)
  }
}

/** With the flags that these need. */
function withNeeded(names: readonly InitFlagName[]): readonly InitFlagName[] {
  const all = new Set(names)
  // A set is walked over what is added meanwhile, too.
  for (const name of all) for (const needed of FLAG_DUTIES[name].needs?.flags ?? []) all.add(needed)
  return [...all]
}

function reasonNotToAsk(
  name: InitFlagName,
  explicit: readonly InitFlagName[],
  wishes: SessionWishes,
): string | undefined {
  if (wishes.refuse?.includes(name) === true) return 'the filesystem refuses it'
  const obstacle = obstacleTo(name, wishes)
  if (obstacle !== undefined) return obstacle
  if (FLAG_DUTIES[name].default !== 'asked') return 'nobody asked for it'
  const other = explicit.find((candidate) => excludes(name, candidate))
  return other === undefined ? undefined : `${other} excludes it`
}

/** Of what is asked for, what the kernel offers together with all that it needs; notes why the rest is not. */
function grantable(
  asked: readonly InitFlagName[],
  offered: readonly InitFlagName[],
  kernelMinor: number,
  { isPrivileged = true }: SessionWishes,
  reasons: Map<InitFlagName, string>,
): InitFlagName[] {
  const granted = new Set(asked)
  const drop = (name: InitFlagName, reason: string): void => {
    granted.delete(name)
    reasons.set(name, reason)
  }
  for (const name of asked)
    if (!offered.includes(name)) drop(name, whyNotOffered(name, kernelMinor))
  for (const name of granted) {
    const capability = FLAG_DUTIES[name].needs?.privilege
    if (capability !== undefined && !isPrivileged)
      drop(name, `the daemon has no ${capability} in the initial user namespace`)
  }
  for (let before = -1; before !== granted.size; ) {
    before = granted.size
    for (const name of granted) {
      const missing = FLAG_DUTIES[name].needs?.flags?.find((needed) => !granted.has(needed))
      if (missing !== undefined) drop(name, `${missing} is not granted`)
    }
  }
  return [...granted]
}

function whyNotOffered(name: InitFlagName, kernelMinor: number): string {
  const { since } = FLAG_DUTIES[name]
  return kernelMinor < since
    ? `it came with protocol 7.${since}, this kernel speaks 7.${kernelMinor}`
    : 'this kernel does not offer it'
}

function badFlag(message: string): FuseError {
  return new FuseError('ERR_FUSE_BAD_FLAG', message)
}
