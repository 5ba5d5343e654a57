// Whether two trees are the same: names, kinds, modes, owners, sizes, links, contents, xattrs, ACLs.

/**
 * @param {{ times?: boolean }} more times: modification times too
 * @returns {Promise<string>} how they differ; empty if they do not
 */
export async function differences(run, one, other, { times = false } = {}) {
  const views = [
    ['listing', listing(times)],
    ['hard links', HARD_LINKS],
    ['contents', 'find . -type f -print0 | sort -z | xargs -0 -r sha256sum'],
    // Without the names of ACLs, which getfacl tells readably.
    [
      'xattrs',
      "find . -print0 | sort -z | xargs -0 -r getfattr -h -d -e hex -m '^(user|trusted|security)[.]'",
    ],
    ['ACLs', 'find . ! -type l -print0 | sort -z | xargs -0 -r getfacl -n -p --omit-header -e'],
  ]
  const found = []
  for (const [what, line] of views) {
    const [a, b] = await Promise.all([one, other].map((cwd) => run('sh', ['-c', line], { cwd })))
    const difference = firstDifference(a, b)
    if (difference) found.push(`${what}: ${difference}`)
  }
  return found.join('\n')
}

/** The size of a directory is its filesystem's own business. */
function listing(times) {
  const time = times ? ' %T@' : ''
  const common = `%p %y %m %U %G${time}`
  return `find . -type d -printf '${common}\\n' -o -printf '${common} %s %n %l\\n' | sort`
}

/** A line for each file of several names: all its names, by whichever comes first. */
const HARD_LINKS =
  "find . -type f -links +1 -printf '%i %p\\n' | sort -k 2 | awk '{ all[$1] = all[$1] \" \" $2 } END { for (i in all) print all[i] }' | sort"

function firstDifference(a, b) {
  if (a.code !== 0 || b.code !== 0)
    return `ended with ${a.code} and ${b.code}\n${a.output}\n${b.output}`
  if (a.stdout === b.stdout) return ''
  const [left, right] = [a.stdout.split('\n'), b.stdout.split('\n')]
  const at = left.findIndex((line, index) => line !== right[index])
  const index = at < 0 ? left.length : at
  return `line ${index + 1}:\n- ${left[index] ?? ''}\n+ ${right[index] ?? ''}`
}
