// The files that programs copy onto the mount: sources of this repository, generated ones, and odd names and kinds.

import { createCipheriv, createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { packageFolders, root } from '../lib/workspace.mjs'

const fileCount = 300
const mebibyte = 1024 * 1024
/** Around a page, a request's worth of data, and several of these. */
const sizes = [1, 4095, 4096, 4097, mebibyte - 1, mebibyte + 1, 3 * mebibyte, 8 * mebibyte]

/**
 * @typedef {object} TestData
 * @property {Map<string, string>} sums relative path -> SHA-256 of each regular file
 * @property {number} bytes
 */

/**
 * @param {import('./place.mjs').Place} place
 * @returns {Promise<TestData>}
 */
export async function createTestData(place) {
  await copySources(place.data)
  await writeOddFiles(place.data)
  await writeGenerated(place.data)
  const data = await sumTree(place.data)
  const lines = [...data.sums].map(([path, sum]) => `${sum}  ${path}\n`)
  await writeFile(place.sums, lines.join(''))
  return data
}

/**
 * Checksums of all regular files below a directory, `.git` left out.
 * @returns {Promise<TestData>}
 */
export async function sumTree(directory) {
  const sums = new Map()
  let bytes = 0
  for (const path of await regularFiles(directory)) {
    const content = await readFile(join(directory, path))
    sums.set(path, createHash('sha256').update(content).digest('hex'))
    bytes += content.length
  }
  return { sums, bytes }
}

async function regularFiles(directory, below = '') {
  const entries = await readdir(join(directory, below), { withFileTypes: true })
  const paths = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(below, entry.name)
    if (entry.isFile()) paths.push(path)
    if (entry.isDirectory() && entry.name !== '.git') {
      paths.push(...(await regularFiles(directory, path)))
    }
  }
  return paths
}

async function copySources(target) {
  for (const folder of packageFolders().filter((name) => name.startsWith('packages'))) {
    await cp(join(root, folder, 'src'), join(target, folder), { recursive: true })
  }
}

async function writeOddFiles(target) {
  await write(join(target, 'empty'), '')
  await write(join(target, 'name with spaces.txt'), 'spaces\n')
  await write(join(target, 'größe', '日本語.txt'), 'letters beyond ASCII\n')
  await write(join(target, 'read-only.txt'), 'nobody writes here\n', 0o444)
  await write(join(target, 'executable.sh'), '#!/bin/sh\necho hello\n', 0o755)
  await symlink('generated/size-8388608', join(target, 'symlink'))
}

async function writeGenerated(target) {
  for (const size of sizes) await write(join(target, 'generated', `size-${size}`), noise(size))
  const missing = fileCount - (await regularFiles(target)).length
  for (let index = 0; index < missing; index += 1) {
    const folder = join(target, 'generated', `folder-${index % 10}`)
    await write(join(folder, `file-${index}`), noise(index * 97))
  }
}

async function write(path, content, mode = 0o644) {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content, { mode })
}

/** Bytes that do not compress and are the same in each run. */
function noise(size) {
  const key = Buffer.alloc(16, String(size))
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}
