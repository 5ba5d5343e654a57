// The C++ part of `npm run format`.

import { formatCpp } from './lib/clang-format.mjs'

const { status, output, skipped } = formatCpp()
process.stdout.write(skipped ? `C++ not formatted: ${skipped}\n` : output)
process.exitCode = status
