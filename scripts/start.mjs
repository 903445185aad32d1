// npm start [role]: builds if need be, then runs one role in this process, so that signals reach it directly.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureBuilt, root } from './ensure-built.mjs'

const roles = ['all-in-one', 'instances-api', 'webhook-gateway', 'poller', 'dispatcher', 'simulator', 'migrate']
const words = process.argv.slice(2)
const watch = words.includes('--watch')
const role = words.find(word => !word.startsWith('--')) ?? 'all-in-one'
if (!roles.includes(role)) {
  process.stderr.write(`"${role}" is no role. Usage: npm start [${roles.join(' | ')}]\n`)
  process.exit(2)
}

ensureBuilt()
const main = join(root, role === 'migrate' ? 'scripts/tributary.mjs' : `dist/apps/${role}/src/main.js`)
process.argv = [process.argv[0], main, ...(role === 'migrate' ? ['migrate'] : [])]
if (watch) runWatched()
else await import(pathToFileURL(main).href)

function runWatched() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const commands = [
    [tsc, '-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'],
    ['--watch-path', join(root, 'dist'), main],
  ]
  for (const command of commands) spawn(process.execPath, command, { cwd: root, stdio: 'inherit' })
}
