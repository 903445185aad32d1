import { readFileSync, realpathSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** Where an embedded server keeps what under `DATA_DIR`. */
export interface Layout {
  dataDir: string
  /** All of the server's; made whole by one rename. */
  home: string
  /** PostgreSQL's own data directory. */
  data: string
  password: string
  port: string
  log: string
  /** One file per process that uses the server. */
  users: string
  binaries: string
}

/** Makes `dataDir` if need be. Links are resolved, since PostgreSQL tells its folder that way. */
export async function layoutOf(dataDir: string): Promise<Layout> {
  await mkdir(resolve(dataDir), { recursive: true })
  return homeLayout(realpathSync(resolve(dataDir)), 'postgres')
}

/** The same under another name of `home`. */
export function homeLayout(dataDir: string, name: string): Layout {
  const home = join(dataDir, name)
  return {
    dataDir,
    home,
    data: join(home, 'data'),
    password: join(home, 'password'),
    port: join(home, 'port'),
    log: join(home, 'postgres.log'),
    users: join(dataDir, 'postgres-users'),
    binaries: join(dataDir, 'postgres-binaries'),
  }
}

/** What a running server, or one that died, wrote into `postmaster.pid`. */
export interface Postmaster {
  pid: number
  port: number
}

export function readPostmaster({ data }: Layout): Postmaster | null {
  const lines = readText(join(data, 'postmaster.pid'))?.split('\n')
  const pid = Number(lines?.[0])
  const port = Number(lines?.[3])
  return pid > 0 && port > 0 ? { pid, port } : null
}

export function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
