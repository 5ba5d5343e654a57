// Bundles what tsc has compiled; `npm run setup` does both.

import { writeBundles } from './lib/bundles.mjs'

await writeBundles()
