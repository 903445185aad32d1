import { execFile, spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Binaries } from './binaries.js'

const run = promisify(execFile)

/** How PostgreSQL is run: it refuses root. */
export type RunAs =
  | { kind: 'self' }
  /** In a user namespace of its own, where root's files belong to an unknown, unprivileged user. */
  | { kind: 'namespace' }
  | { kind: 'user'; uid: number; gid: number }

/** Debian's, Alpine's and Red Hat's `nobody`. */
const nobody = 65534

/**
 * The ways to try, best first, for data that `owner` owns (null: there is none yet). Root keeps its own files by a
 * namespace; where those are forbidden, as in most containers, the server runs as `nobody`, who then owns the data.
 */
export function waysToRun(owner: { uid: number; gid: number } | null): RunAs[] {
  if (process.getuid?.() !== 0) return [{ kind: 'self' }]
  if (owner && owner.uid !== 0) return [{ kind: 'user', uid: owner.uid, gid: owner.gid }]
  const asNobody: RunAs = { kind: 'user', uid: nobody, gid: nobody }
  return process.platform === 'linux' ? [{ kind: 'namespace' }, asNobody] : [asNobody]
}

/** Starts one of the programs, in this process's group. */
export function spawnProgram(
  program: 'postgres' | 'initdb',
  args: string[],
  { binaries, as, cwd, stdio }: { binaries: Binaries; as: RunAs; cwd: string; stdio: StdioOptions },
): ChildProcess {
  const [file, parameters] = command(as, join(binaries.folder, program), args)
  return spawn(file, parameters, { cwd, stdio, env: environment, ...identity(as) })
}

/** Null when `binaries` run that way and can reach `folder`, else why not. */
export async function whyNot(binaries: Binaries, as: RunAs, folder: string): Promise<string | null> {
  const options = { cwd: '/', env: environment, timeout: 20_000, ...identity(as) }
  try {
    await run(...command(as, join(binaries.folder, 'postgres'), ['--version']), options)
    if (as.kind !== 'self') await run(...command(as, 'test', ['-x', folder]), options)
    return null
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    return `${binaries.folder} (${nameOf(as)}): ${(stderr || message).trim()}`
  }
}

function command(as: RunAs, file: string, args: string[]): [string, string[]] {
  // unshare replaces itself with the program, so the process is the server's own.
  return as.kind === 'namespace' ? ['unshare', ['--user', file, ...args]] : [file, args]
}

function identity(as: RunAs): { uid?: number; gid?: number } {
  return as.kind === 'user' ? { uid: as.uid, gid: as.gid } : {}
}

function nameOf(as: RunAs): string {
  switch (as.kind) {
    case 'self':
      return 'as this user'
    case 'namespace':
      return 'in a user namespace'
    case 'user':
      return `as user ${as.uid}`
  }
}

// Nothing of ours leaks into the server, and its messages are in English.
const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
