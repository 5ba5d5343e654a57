// The directory itself, with no FUSE between: how far loopbacks are from it.

import type { Contestant } from './contestant.js'

export const NATIVE: Contestant = {
  name: 'native',
  role: 'reference',
  serves: 'directory',
  handlers: 'sync',
  onlyScaling: false,
  isQuick: true,
  workers: null,
  entries: null,
  flags: [],
  command: () => undefined,
}
