import type { EventFilter } from '#deliveries'
import { Refused } from '../errors/refusal.js'

/** Reads the query of an instance's events; every fault at once. */
export function readEventQuery(query: Readonly<Record<string, unknown>>): EventFilter {
  const faults: string[] = []
  const text = (name: string) => (typeof query[name] === 'string' && query[name] !== '' ? query[name] : undefined)
  const instant = (name: string) => {
    const given = text(name)
    if (given === undefined) return undefined
    const date = new Date(given)
    if (/^\d{4}-\d\d-\d\d/.test(given) && !Number.isNaN(date.getTime())) return date
    faults.push(`${name}: "${given}" is not an ISO 8601 instant such as 2026-01-31T00:00:00Z`)
    return undefined
  }
  const limit = Number(text('pageSize') ?? 200)
  if (!Number.isInteger(limit) || limit < 1) faults.push(`pageSize: "${text('pageSize')}" is not a number from 1`)
  const [from, to] = [instant('from'), instant('to')]
  if (from && to && to < from) faults.push('to: is before from')
  if (faults.length > 0) throw new Refused({ kind: 'invalid', faults })
  const [objectType, after] = [text('objectType'), text('nextPage')]
  return {
    limit: Math.min(limit, 200),
    ...(from && { from }),
    ...(to && { to }),
    ...(objectType && { objectType }),
    ...(after && { after }),
  }
}
