import { zoneNames } from './zone-name-table.js'
import { hasNameAt } from './reading.js'
import { offsetName, type Zone } from './zone.js'

/** The names that a group of zones shares, and the zone they stand for in a text. */
export interface ZoneNames {
  /** Long standard, short standard, long daylight, short daylight; the order in which parsing tries them. */
  names: readonly string[]
  zoneId: string
}

export interface ZoneNameMatch extends ZoneNames {
  index: number
}

interface NameTable {
  inOrder: readonly ZoneNames[]
  byZone: ReadonlyMap<string, ZoneNames>
}

// What a text in another zone than the pattern's is looked up in next; in Java the zone of the machine.
const defaultZoneId = 'UTC'

let table: NameTable | undefined

/** A zone's name in Locale.US; one that has none is called by its offset. */
export function zoneName(zone: Zone, style: 'short' | 'long', daylight: boolean): string {
  const found = nameTable().byZone.get(zone.id)
  if (found) return found.names[(daylight ? 2 : 0) + (style === 'short' ? 1 : 0)] as string
  if (/^Etc\/GMT|^GMT0$/.test(zone.id)) {
    const { offset } = zone.at(0)
    if (offset === 0) return style === 'short' ? 'GMT' : 'Greenwich Mean Time'
    return offsetName(offset)
  }
  return zone.id.startsWith('GMT') ? zone.id : offsetName(zone.at(Date.now()).standardOffset)
}

/** The zone that a text names at `start`: the given one if that has a name like it, else UTC, else Java's first. */
export function zoneNamedAt(text: string, start: number, own: Zone): ZoneNameMatch | null {
  const { inOrder, byZone } = nameTable()
  for (const id of [own.id, defaultZoneId]) {
    const names = byZone.get(id)
    const index = names ? matchAt(text, start, names) : -1
    if (names && index >= 0) return { names: names.names, zoneId: id, index }
  }
  for (const names of inOrder) {
    const index = matchAt(text, start, names)
    if (index >= 0) return { ...names, index }
  }
  return null
}

function matchAt(text: string, start: number, { names }: ZoneNames): number {
  return names.findIndex(name => name !== '' && hasNameAt(text, start, name))
}

function nameTable(): NameTable {
  return (table ??= readTable())
}

function readTable(): NameTable {
  const inOrder: ZoneNames[] = []
  const byZone = new Map<string, ZoneNames>()
  for (const line of zoneNames.trim().split('\n')) {
    const names = line.split('|')
    const ids = (names.pop() as string).split(' ')
    const group = { names, zoneId: ids[0] as string }
    inOrder.push(group)
    for (const id of ids) byZone.set(id, group)
  }
  return { inOrder, byZone }
}
