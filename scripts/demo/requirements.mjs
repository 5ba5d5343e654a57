// What a mount and the programs of the demonstration need from the machine, looked up before anything is made.

import { access, constants, open, readFile, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Programs that are called, with the Debian package of each. */
const programs = {
  git: 'git',
  tar: 'tar',
  sha256sum: 'coreutils',
  cp: 'coreutils',
  ls: 'coreutils',
  rm: 'coreutils',
}
const capSysAdmin = 1n << 21n
/** makedev(10, 229): Documentation/admin-guide/devices.txt. */
const fuseDevice = (10 << 8) | 229
/** fusermount3 is looked for here too, whatever PATH says. */
const helperFolders = ['/usr/local/bin', '/usr/bin', '/bin']
const container = 'docker run --device /dev/fuse --cap-add SYS_ADMIN'

/** @returns {Promise<string | undefined>} one line: everything that is missing and how to get it */
export async function findMissing() {
  if (process.platform !== 'linux') return `mounting needs Linux, this is ${process.platform}`
  const problems = [await checkDevice(), await checkPrivilege(), await checkPrograms()]
  return problems.filter(Boolean).join('; ') || undefined
}

async function checkDevice() {
  try {
    if ((await stat('/dev/fuse')).rdev !== fuseDevice) return '/dev/fuse is not the FUSE device'
    // fusermount3 opens it with the rights of its caller.
    await (await open('/dev/fuse', constants.O_RDWR)).close()
    return undefined
  } catch (error) {
    if (error.code === 'ENOENT')
      return `/dev/fuse is missing: modprobe fuse; in a container: ${container}`
    if (error.code === 'ENODEV' || error.code === 'ENXIO') {
      return 'the kernel has no FUSE: modprobe fuse'
    }
    if (error.code === 'EACCES') return '/dev/fuse is closed to you: run as root or chmod a+rw it'
    return `/dev/fuse cannot be opened (${error.code}); in a container: ${container}`
  }
}

async function checkPrivilege() {
  const status = await readFile('/proc/self/status', 'utf8')
  const field = (name) => new RegExp(`^${name}:\\s*(\\w+)`, 'm').exec(status)?.[1] ?? '0'
  const has = (name) => (BigInt(`0x${field(name)}`) & capSysAdmin) !== 0n
  if (has('CapEff')) return undefined
  // A setuid program gets no capability that is out of bounds (capabilities(7)).
  if (!has('CapBnd')) return `mounting needs CAP_SYS_ADMIN: ${container}`
  if (!(await findProgram('fusermount3', helperFolders))) {
    return 'mounting without root needs fusermount3: apt-get install -y fuse3'
  }
  if (field('NoNewPrivs') === '1') {
    return 'fusermount3 has no effect here (no_new_privs is set): run as root'
  }
  return undefined
}

async function checkPrograms() {
  const names = Object.keys(programs)
  const found = await Promise.all(names.map((name) => findProgram(name)))
  const missing = names.filter((_, index) => !found[index])
  if (missing.length === 0) return undefined
  const packages = [...new Set(missing.map((name) => programs[name]))]
  return `${missing.join(', ')} not found: apt-get install -y ${packages.join(' ')}`
}

async function findProgram(name, moreFolders = []) {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...moreFolders]
  for (const folder of folders) {
    try {
      await access(join(folder, name), constants.X_OK)
      return true
    } catch {
      // Not in this folder.
    }
  }
  return false
}
