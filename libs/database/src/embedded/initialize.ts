import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findBinaries, type Binaries } from './binaries.js'
import { homeLayout, readText, type Layout } from './layout.js'
import { spawnProgram, waysToRun, whyNot, type RunAs } from './run-as.js'

/** The embedded server's own superuser and database. */
export const role = 'tributary'

/** What to run PostgreSQL with, and as whom. */
export interface Program {
  binaries: Binaries
  as: RunAs
}

/** Finds programs that run here and fit the data that is there. Throws with every way tried and what to do. */
export async function chooseProgram(layout: Layout): Promise<Program> {
  const version = readText(join(layout.data, 'PG_VERSION'))?.trim()
  const ways = waysToRun(statSync(layout.dataDir), version === undefined ? null : statSync(layout.data))
  const tried: string[] = []
  for await (const binaries of findBinaries(layout.binaries)) {
    if (version !== undefined && binaries.major !== Number(version)) {
      tried.push(`${binaries.folder}: version ${binaries.major}, but the data is of version ${version}`)
      continue
    }
    for (const as of ways) {
      const reason = await whyNot(binaries, as, version === undefined ? layout.dataDir : layout.data)
      if (reason === null) return { binaries, as }
      tried.push(reason)
    }
  }
  throw new Error(
    `No PostgreSQL could be run for the data in ${layout.dataDir}. Set DATABASE_URL to a PostgreSQL of yours, or run as` +
      ` an ordinary user, or put DATA_DIR where other users may reach it. Tried: ${tried.join('; ') || 'nothing: none is installed'}`,
  )
}

/** Makes the data once. Another process may be doing the same: who renames first wins, and the others use that. */
export async function initialize(layout: Layout, { binaries, as }: Program): Promise<void> {
  if (existsSync(layout.data)) return
  const fresh = homeLayout(layout.dataDir, `postgres-new-${randomBytes(6).toString('hex')}`)
  try {
    await mkdir(fresh.home, { mode: 0o700 })
    await writeFile(fresh.password, randomBytes(24).toString('base64url'), { mode: 0o600 })
    if (as.kind === 'user') for (const path of [fresh.home, fresh.password]) await chown(path, as.uid, as.gid)
    await runInitdb(fresh, { binaries, as })
    await rename(fresh.home, layout.home)
  } catch (error) {
    await rm(fresh.home, { recursive: true, force: true })
    if (!existsSync(layout.data)) throw error
  }
}

async function runInitdb(fresh: Layout, { binaries, as }: Program): Promise<void> {
  const args = ['-D', fresh.data, '-U', role, '--pwfile', fresh.password, '--auth=scram-sha-256']
  const child = spawnProgram('initdb', [...args, '--encoding=UTF8', '--no-locale'], {
    binaries,
    as,
    cwd: fresh.home,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (code !== 0) throw new Error(`PostgreSQL could not make its data in ${fresh.dataDir}: ${said.trim()}`)
}
