import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Stops the PostgreSQL of this run, if any spec started it, and removes its data. */
export default async function globalTeardown() {
  const folder = process.env.TRIBUTARY_TEST_POSTGRES
  if (!folder) return
  const lockFile = join(folder, 'postgres', 'data', 'postmaster.pid')
  const id = Number((await readFile(lockFile, 'utf8').catch(() => '')).split('\n')[0])
  // Immediate: nobody will read this data again.
  try {
    if (id > 0) process.kill(id, 'SIGQUIT')
  } catch {
    // It has gone by itself.
  }
  for (let tries = 0; tries < 200 && (await readFile(lockFile).catch(() => null)); tries++) await sleep(25)
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}
