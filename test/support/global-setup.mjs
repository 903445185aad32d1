import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Reserves a folder for this run's PostgreSQL. The first spec that asks for a database starts it there. This process
 * counts as one of its users (libs/database/src/embedded/users.ts), so it doesn't stop when that spec is done.
 */
export default async function globalSetup() {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-test-'))
  const users = join(folder, 'postgres-users')
  await mkdir(users)
  await writeFile(join(users, `${process.pid}--run`), '')
  process.env.TRIBUTARY_TEST_POSTGRES = folder
}
