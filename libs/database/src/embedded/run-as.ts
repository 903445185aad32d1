import { execFile, spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
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

interface Owner {
  uid: number
  gid: number
}

/**
 * The ways to try, best first. Data that is there is its owner's to run; new data goes to the owner of its folder, if
 * that isn't root. Root keeps its own files by a namespace; where those are forbidden, as in most containers, the server
 * runs as `nobody`, who then owns the data. initdb wants a user with a name, which a namespace has, too.
 */
export function waysToRun(folder: Owner, data: Owner | null): RunAs[] {
  const namespace: RunAs[] = process.platform === 'linux' ? [{ kind: 'namespace' }] : []
  if (process.getuid?.() !== 0) return hasName() ? [{ kind: 'self' }] : [...namespace, { kind: 'self' }]
  if (data && data.uid !== 0) return [asUser(data)]
  const asOwner = folder.uid !== 0 && isKnown(folder.uid) ? [asUser(folder)] : []
  return [...asOwner, ...namespace, asUser({ uid: nobody, gid: nobody })]
}

function asUser({ uid, gid }: Owner): RunAs {
  return { kind: 'user', uid, gid }
}

/** A container may run as a user id that its system doesn't know. */
function hasName(): boolean {
  try {
    return userInfo().username !== ''
  } catch {
    return false
  }
}

function isKnown(uid: number): boolean {
  try {
    return new RegExp(`^[^:]*:[^:]*:${uid}:`, 'm').test(readFileSync('/etc/passwd', 'utf8'))
  } catch {
    return false
  }
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
