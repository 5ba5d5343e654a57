// clang-format over our C++ and C. Releases format differently, so only the one of .clang-format counts.

import { filesUnder, run } from './workspace.mjs'

const wantedMajor = 14

/** Version 14 under its plain or its versioned name, else the reason why it is not used. */
function findProgram() {
  for (const program of [`clang-format-${wantedMajor}`, 'clang-format']) {
    const { status, output } = run(program, ['--version'])
    if (status === 0 && output.includes(`version ${wantedMajor}.`)) return { program }
  }
  return { skipped: `clang-format ${wantedMajor} is not installed` }
}

function sources() {
  const addon = ['src', 'test'].flatMap((folder) =>
    filesUnder(`packages/native/${folder}`, '.cpp', '.hpp'),
  )
  return [...addon, ...filesUnder('bench/src', '.c', '.h')]
}

/** @returns {{ status: number, output: string, skipped?: string }} */
export function formatCpp() {
  const { program, skipped } = findProgram()
  return skipped ? { status: 0, output: '', skipped } : run(program, ['-i', ...sources()])
}

/** Names the files that `npm run format` would change. */
export function checkCppFormat() {
  const { program, skipped } = findProgram()
  if (skipped) return { status: 0, output: '', skipped }
  const { status, output } = run(program, ['--dry-run', '--Werror', ...sources()])
  const places = output.split('\n').filter((line) => line.includes(': error: '))
  const files = new Set(places.map((line) => line.replace(/:.*/, '')))
  return { status, output: files.size > 0 ? [...files, ''].join('\n') : output }
}
