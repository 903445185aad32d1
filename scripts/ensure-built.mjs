import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Compiles unless `dist/` is newer than every source. An image has no sources and no compiler: nothing to do there. */
export function ensureBuilt() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  if (!existsSync(tsc) || !existsSync(join(root, 'tsconfig.build.json')) || isFresh()) return
  process.stderr.write('building…\n')
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) process.exit(status ?? 1)
}

function isFresh() {
  const built = join(root, 'dist/.tsbuildinfo')
  if (!existsSync(built)) return false
  const since = statSync(built).mtimeMs
  return ['apps', 'libs', 'bench'].every(folder => !hasNewer(join(root, folder), since))
}

function hasNewer(folder, since) {
  if (!existsSync(folder)) return false
  return readdirSync(folder, { withFileTypes: true }).some(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name !== 'node_modules' && hasNewer(path, since)
    return /\.ts$/.test(entry.name) && statSync(path).mtimeMs > since
  })
}
