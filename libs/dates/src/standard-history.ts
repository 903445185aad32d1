import { standardOffsets } from './standard-offsets.js'

/** A zone's standard time through its history. Milliseconds throughout. */
export interface StandardHistory {
  /** What daylight saving adds by today's rules. */
  savings: number
  /** Whether the zone never had any other offset. */
  fixed: boolean
  /** When the standard offset changed, ascending. */
  changes: readonly number[]
  /** What Java takes for the offset before 1900: the standard one of today. */
  before1900: number
  offsetAt(epochMs: number): number
}

let table: Map<string, string> | undefined

/** The standard time of a zone that Java 17 knows. */
export function standardHistoryOf(id: string): StandardHistory | null {
  table ??= readTable()
  const line = table.get(id)
  if (line === undefined) return null
  const [savings = '0', history = '0'] = line.split('|')
  const numbers = history.split(' ').map(Number)
  const changes = numbers.filter((_, i) => i % 2 === 1).map(seconds => seconds * 1000)
  const offsets = numbers.filter((_, i) => i % 2 === 0).map(seconds => seconds * 1000)
  const before1900 = offsets[0] as number
  return {
    savings: savings === 'fixed' ? 0 : Number(savings) * 60_000,
    fixed: savings === 'fixed',
    changes,
    before1900,
    offsetAt: epochMs => offsets[changes.findLastIndex(change => change <= epochMs) + 1] as number,
  }
}

function readTable(): Map<string, string> {
  const lines = new Map<string, string>()
  for (const line of standardOffsets.trim().split('\n')) {
    const bar = line.indexOf('|')
    for (const id of line.slice(0, bar).split(' ')) lines.set(id, line.slice(bar + 1))
  }
  return lines
}
