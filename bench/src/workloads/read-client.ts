// A client process: 4 KiB reads, one after another, until the time is over; prints how many it made.

import { closeSync, openSync, readSync } from 'node:fs'

const [path = '', durationMs = '1000'] = process.argv.slice(2)
const buffer = Buffer.alloc(4096)
const file = openSync(path, 'r')
const end = performance.now() + Number(durationMs)
let reads = 0
while (performance.now() < end) {
  readSync(file, buffer, 0, buffer.length, (reads % 1000) * buffer.length)
  reads += 1
}
closeSync(file)
console.log(reads)
