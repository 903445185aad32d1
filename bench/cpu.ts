import { readdirSync, readFileSync } from 'node:fs'

// What the kernel counts in: USER_HZ, which is 100 on every Linux that Node runs on.
const ticksPerSecond = 100

interface Usage {
  parent: number
  ticks: number
}

/** CPU seconds that these processes, each with all below it, have used so far; null where the system has no /proc. */
export function cpuSeconds(pids: Record<string, number>): Record<string, number> | null {
  const all = usages()
  return all && Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, familySeconds(all, pid)]))
}

function familySeconds(all: ReadonlyMap<number, Usage>, root: number): number {
  const family = new Set([root])
  for (let grew = true; grew;) {
    grew = false
    for (const [pid, { parent }] of all) {
      if (!family.has(pid) && family.has(parent)) {
        family.add(pid)
        grew = true
      }
    }
  }
  return [...family].reduce((sum, pid) => sum + (all.get(pid)?.ticks ?? 0), 0) / ticksPerSecond
}

function usages(): Map<number, Usage> | null {
  if (process.platform !== 'linux') return null
  const found = new Map<number, Usage>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      // The second field is the program's name in brackets, which may hold anything.
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number)
      const [parent = 0, user = 0, system = 0, childrensUser = 0, childrensSystem = 0] = [1, 11, 12, 13, 14].map(
        index => fields[index],
      )
      found.set(Number(name), { parent, ticks: user + system + childrensUser + childrensSystem })
    } catch {
      // It has ended meanwhile.
    }
  }
  return found
}
