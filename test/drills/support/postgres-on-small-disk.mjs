// The embedded PostgreSQL on the folder named, in a process of its own that may see a disk that no other sees. Prints
// its address. "fill" on standard input leaves not a byte free on that disk, "free" gives all of it back.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startEmbeddedPostgres } from '../../../dist/libs/database/src/index.js'

const [folder] = process.argv.slice(2)
const filler = join(folder, 'filler')
const postgres = await startEmbeddedPostgres({ dataDir: folder })
const commands = { fill, free: () => rmSync(filler, { force: true }) }

const input = createInterface({ input: process.stdin })
input.on('line', line => {
  commands[line]()
  console.log(line)
})
input.on('close', () => {
  commands.free()
  void postgres.stop()
})
console.log(postgres.url)

function fill() {
  const file = openSync(filler, 'a')
  try {
    for (let size = 1_048_576; size >= 1; size /= 2) writeUntilFull(file, Buffer.alloc(size))
  } finally {
    closeSync(file)
  }
}

function writeUntilFull(file, chunk) {
  try {
    for (;;) writeSync(file, chunk)
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error
  }
}
