// Compares @fuseloop/core/protocol with <linux/fuse.h> as this machine's C++ compiler sees it: sizes,
// offsets, opcodes, flags. Names map mechanically (FuseReadIn.lockOwner is fuse_read_in.lock_owner), so a
// misspelt one fails to compile. Only facts listed in SINCE may be unknown to an older header.
// Usage: node layout.mjs [--include <dir>]   for a header other than the system's

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as protocolModule from '@fuseloop/core/protocol'

/** A copy, since it is searched by name. */
const protocol = { ...protocolModule }

/** Minor with which the kernel's header got a struct, member or constant; all others are older. */
const SINCE = {
  // Late in 7.38: some headers of that number have them.
  fuse_supp_groups: 39,
  FUSE_CREATE_SUPP_GROUP: 39,
  fuse_sx_time: 39,
  fuse_statx: 39,
  fuse_statx_in: 39,
  fuse_statx_out: 39,
  FUSE_STATX: 39,
  // 7.39 has it as FUSE_DIRECT_IO_RELAX.
  FUSE_DIRECT_IO_ALLOW_MMAP: 40,
  'fuse_init_out.max_stack_depth': 40,
  'fuse_open_out.backing_id': 40,
  FOPEN_PASSTHROUGH: 40,
  FUSE_PASSTHROUGH: 40,
  FUSE_NO_EXPORT_SUPPORT: 40,
  FUSE_HAS_RESEND: 40,
  FUSE_ALLOW_IDMAP: 41,
  FUSE_OVER_IO_URING: 42,
  'fuse_init_out.request_timeout': 43,
  FUSE_REQUEST_TIMEOUT: 43,
  fuse_copy_file_range_out: 45,
  FUSE_COPY_FILE_RANGE_64: 45,
  fuse_notify_prune_out: 45,
}

/** Flag objects of the protocol module and what the header puts before each name. */
const FLAG_PREFIXES = {
  SetattrValid: 'FATTR_',
  OpenReplyFlag: 'FOPEN_',
  GetattrFlag: 'FUSE_GETATTR_',
  OpenFlag: 'FUSE_OPEN_',
  ReadFlag: 'FUSE_READ_',
  WriteFlag: 'FUSE_WRITE_',
  ReleaseFlag: 'FUSE_RELEASE_',
  FsyncFlag: 'FUSE_FSYNC_',
  AttrFlag: 'FUSE_ATTR_',
}

/** Facts as [name for SINCE and reports, C++ expression, our value]. */
function structFacts() {
  const facts = []
  for (const [name, layout] of Object.entries(protocol)) {
    if (typeof layout !== 'object' || !('byteLength' in layout)) continue
    const struct = snakeCase(name).slice(1)
    for (const [key, value] of Object.entries(layout)) {
      if (key === 'byteLength') facts.push([struct, `sizeof(struct ${struct})`, value])
      else facts.push(memberFact(struct, snakeCase(key), value))
    }
  }
  return facts
}

function memberFact(struct, member, value) {
  return [`${struct}.${member}`, `offsetof(struct ${struct}, ${member})`, value]
}

function constantFacts() {
  const facts = [['FUSE_KERNEL_VERSION', 'FUSE_KERNEL_VERSION', protocol.KERNEL_MAJOR]]
  for (const [name, opcode] of Object.entries(protocol.Opcode)) {
    facts.push(constantFact(name === 'CUSE_INIT' ? name : `FUSE_${name}`, opcode))
  }
  for (const [name, bit] of Object.entries(protocol.InitFlag)) {
    facts.push(constantFact(`FUSE_${name}`, 1n << BigInt(bit)))
  }
  for (const [flags, prefix] of Object.entries(FLAG_PREFIXES)) {
    for (const [name, value] of Object.entries(protocol[flags])) {
      facts.push(constantFact(prefix + name, value))
    }
  }
  return facts
}

function constantFact(name, value) {
  return [name, name, value]
}

function snakeCase(name) {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function since([name]) {
  return Math.max(SINCE[name] ?? 0, SINCE[name.split('.')[0]] ?? 0)
}

/** The value of each C++ expression, in order. `1 << 31` is an int there: it must not be sign-extended. */
function evaluate(expressions) {
  const source = `
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <linux/fuse.h>
template <typename T> void print(T value) {
  const auto bits = sizeof(T) == 4 ? static_cast<uint32_t>(value) : static_cast<uint64_t>(value);
  std::printf("%llu\\n", static_cast<unsigned long long>(bits));
}
int main() {
${expressions.map((expression) => `  print(${expression});`).join('\n')}
}
`
  const folder = mkdtempSync(join(tmpdir(), 'fuseloop-layout-'))
  try {
    const file = join(folder, 'layout.cpp')
    const program = join(folder, 'layout')
    writeFileSync(file, source)
    execFileSync('g++', ['-std=c++20', ...includeArguments(), file, '-o', program], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return execFileSync(program, { encoding: 'utf8' }).trim().split('\n').map(BigInt)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function includeArguments() {
  const [option, folder] = process.argv.slice(2)
  return option === '--include' ? ['-I', folder] : []
}

const [minor] = evaluate(['FUSE_KERNEL_MINOR_VERSION']).map(Number)
const all = [...structFacts(), ...constantFacts()]
const known = all.filter((fact) => since(fact) <= minor)
const values = evaluate(known.map(([, expression]) => expression))
const differences = known.flatMap(([name, , ours], index) =>
  values[index] === BigInt(ours) ? [] : [`${name}: ours ${ours}, header ${values[index]}`],
)
const agreeing = known.length - differences.length
const unknown = all.length - known.length
console.log(
  `layout: ${agreeing} facts agree, ${unknown} unknown to <linux/fuse.h> 7.${minor}` +
    (differences.length > 0 ? `, ${differences.length} DIFFER` : ''),
)
for (const difference of differences) console.error(`  ${difference}`)
process.exit(differences.length > 0 ? 1 : 0)
