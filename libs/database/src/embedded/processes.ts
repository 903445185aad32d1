import { readFileSync, readlinkSync } from 'node:fs'

/** Names a process for good: ids are used again, so where the system tells it, its start time is part of the name. */
export function processName(pid: number): string {
  return `${pid}-${startTime(pid)}`
}

/** Whether the process that `name` was made of still runs. */
export function isRunning(name: string): boolean {
  const [pid, started] = name.split('-')
  return isAlive(Number(pid)) && (started === '' || startTime(Number(pid)) === started)
}

/** Whether any process has this id. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Whether the process works in `folder`, as a PostgreSQL server does in its data. Null where the system doesn't tell.
 */
export function worksIn(pid: number, folder: string): boolean | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder
  } catch {
    return null
  }
}

function startTime(pid: number): string {
  return fields(pid)?.[19] ?? ''
}

function isZombie(pid: number): boolean {
  return fields(pid)?.[0] === 'Z'
}

/** What follows the command in `/proc/<pid>/stat`: state, parent, … The command may hold spaces and parentheses. */
function fields(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}
