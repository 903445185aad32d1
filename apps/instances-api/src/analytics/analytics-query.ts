import { intervals, type Counting } from '#deliveries'
import { QueryReading } from '../events/query-reading.js'
import { Refused } from '../errors/refusal.js'
import { beginningOf, finest, later, numberOf } from './time-line.js'

/** Entries that an answer has at most: an hour by the second fits, a day doesn't. */
const mostEntries = 5_000
/** Entries that an answer has at most where nobody asked for an interval. */
const fewEntries = 100
/** How far back an answer looks where nobody said since when: so many intervals, or a day. */
const defaultIntervals = 60
const dayMs = 86_400_000

/** What is to be counted, in whole intervals. */
export interface AnalyticsQuery extends Omit<Counting, 'accountId'> {
  entries: number
}

/** Reads the query of an analytics call; every fault at once. Another's account is forbidden. */
export function readAnalyticsQuery(
  query: Readonly<Record<string, unknown>>,
  accountId: number,
  now: Date,
): AnalyticsQuery {
  const reading = new QueryReading(query)
  const asked = reading.oneOf('interval', intervals)
  const to = reading.instant('to') ?? now
  const from = reading.instant('from') ?? (asked ? later(to, asked, -defaultIntervals) : new Date(to.getTime() - dayMs))
  const interval = asked ?? finest(from, to, fewEntries) ?? 'year'
  const entries = numberOf(from, to, interval)
  if (to < from) reading.fault('to: is before from')
  else if (entries > mostEntries) reading.fault(tooMany(from, to, interval, entries))
  const instanceIds = reading.ids('instanceIds')
  const accountIds = reading.ids('accountIds') ?? []
  reading.done()
  const foreign = accountIds.find(id => id !== accountId)
  if (foreign !== undefined) {
    throw new Refused({ kind: 'forbidden', message: `accountIds: ${foreign} is not your account, ${accountId}` })
  }
  const whole = { from: beginningOf(from, interval), to: later(to, interval, 1) }
  return { ...whole, interval, entries, ...(instanceIds && { instanceIds }) }
}

function tooMany(from: Date, to: Date, interval: string, entries: number): string {
  const fitting = finest(from, to, mostEntries)
  const instead = fitting ? `"${fitting}" makes ${numberOf(from, to, fitting)}` : 'take a later from'
  return `interval: "${interval}" makes ${entries} entries from ${from.toISOString()} to ${to.toISOString()}, and ${mostEntries} are the most; ${instead}`
}
