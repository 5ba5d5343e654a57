#!/usr/bin/env node
// The helper that mount(8) finds as /sbin/mount.fuse.fuseloop, a link to this file.

import { runBuilt } from './run-built.js'

await runBuilt(new URL('../bundle/mount-helper.js', import.meta.url), 'mount.fuse.fuseloop')
