import { usualPerSecond } from '#deliveries'
import { instantOf } from '../events/query-reading.js'
import { Faults, placeOf, quoted } from '../instances/request/faults.js'

/** What is to be replayed: notifications or events by their ids, or what an instance has of a time. */
export type ReplayBasis =
  | { kind: 'notifications'; ids: readonly string[] }
  | { kind: 'events'; ids: readonly string[] }
  | { kind: 'instance'; instanceId: number; from: Date | null; to: Date | null }

/** A request for a replay with nothing wrong in it. */
export interface ReplayRequest {
  basis: ReplayBasis
  objectType: string | null
  undelivered: boolean
  subscriptionId: string | null
  perSecond: number
  dryRun: boolean
}

export const mostPerSecond = 500
export const leastPerSecond = 0.1
export const mostIds = 1_000
const longestText = 500

const known = [
  ...['notificationId', 'notificationIds', 'eventId', 'eventIds', 'instanceId', 'from', 'to', 'all'],
  ...['objectType', 'undelivered', 'subscriptionId', 'perSecond', 'dryRun'],
]
const bases = ['notificationId', 'notificationIds', 'eventId', 'eventIds', 'instanceId'] as const
const example = '{"notificationId": "…"}, {"eventId": "…"} or {"instanceId": 12, "from": "2026-01-31T00:00:00Z"}'

type Body = Readonly<Record<string, unknown>>

/** Reads the body of `POST /api/replays`; null where `faults` has got any. */
export function readReplay(body: unknown, faults: Faults): ReplayRequest | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    faults.add('body', `${quoted(body)} is not an object; write ${example}`)
    return null
  }
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null && value !== undefined))
  // A misspelt bound would be none.
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) faults.add(placeOf([name]), `is not known here; there are ${known.join(', ')}`)
  }
  const basis = readBasis(given, faults)
  const request = {
    ...{ objectType: readText(given, 'objectType', faults), undelivered: readSwitch(given, 'undelivered', faults) },
    ...{ subscriptionId: readSubscriptionId(given, faults), perSecond: readRate(given, faults) },
    dryRun: readSwitch(given, 'dryRun', faults),
  }
  return basis === null || faults.lines.length > 0 ? null : { basis, ...request }
}

function readBasis(given: Body, faults: Faults): ReplayBasis | null {
  const named = bases.filter(name => given[name] !== undefined)
  const [name, another] = named
  if (name === undefined) {
    faults.add('body', `says nothing that could be replayed; write ${example}`)
    return null
  }
  if (another !== undefined) {
    faults.add(another, `stands beside ${name}; a replay has one of ${bases.join(', ')}`)
    return null
  }
  if (name === 'instanceId') return readInstance(given, faults)
  for (const other of ['from', 'to', 'all', 'objectType', 'undelivered'].filter(one => given[one] !== undefined)) {
    faults.add(other, `narrows what an instance has; it doesn't go with ${name}`)
  }
  const ids = readIds(given, name, faults)
  return { kind: name.startsWith('event') ? 'events' : 'notifications', ids }
}

function readInstance(given: Body, faults: Faults): ReplayBasis {
  const { instanceId } = given
  const isId = typeof instanceId === 'number' && Number.isInteger(instanceId) && instanceId > 0 && instanceId < 2 ** 31
  if (!isId) faults.add('instanceId', `${quoted(instanceId)} is not an instance's id, a number from 1 to 2147483647`)
  return { kind: 'instance', instanceId: isId ? instanceId : 0, ...readRange(given, faults) }
}

/** All of an instance has to be asked for in so many words. */
function readRange(given: Body, faults: Faults): { from: Date | null; to: Date | null } {
  const from = readInstant(given, 'from', faults)
  const to = readInstant(given, 'to', faults)
  if (from && to && from >= to) faults.add('to', `${quoted(given['to'])} is not after from, ${quoted(given['from'])}`)
  const isAll = readSwitch(given, 'all', faults)
  const isBound = given['from'] !== undefined || given['to'] !== undefined
  if (isAll && isBound) faults.add('all', 'stands beside from or to; write one or the other')
  if (!isAll && !isBound && !faults.about('all')) {
    faults.add('from', 'is missing, and so is to; write one of them, or "all": true')
  }
  return { from, to }
}

function readIds(given: Body, name: (typeof bases)[number], faults: Faults): string[] {
  const value = given[name]
  const isList = name.endsWith('s')
  if (isList && (!Array.isArray(value) || value.length === 0)) {
    faults.add(name, `${quoted(value)} is not a list of ids`)
    return []
  }
  const values = isList ? (value as unknown[]) : [value]
  if (values.length > mostIds) {
    faults.add(name, `has ${values.length} ids; ${mostIds} are the most. Replay an instance's range instead`)
    return []
  }
  const isEvent = name.startsWith('event')
  const ids = values.map((one, at) => {
    const text = typeof one === 'number' && !isEvent ? String(one) : one
    const isIdOfKind = typeof text === 'string' && (isEvent ? isText(text) : /^[1-9]\d{0,17}$/.test(text))
    if (isIdOfKind) return text
    const expected = isEvent ? "an event's id" : "a notification's id: digits, as Elements-Webhook-Id has them"
    faults.add(isList ? placeOf([name, at]) : name, `${quoted(one)} is not ${expected}`)
    return ''
  })
  return [...new Set(ids)]
}

function readInstant(given: Body, name: string, faults: Faults): Date | null {
  const value = given[name]
  if (value === undefined) return null
  const instant = typeof value === 'string' ? instantOf(value) : null
  if (instant === null) faults.add(name, `${quoted(value)} is not an ISO 8601 instant such as 2026-01-31T00:00:00Z`)
  return instant
}

function readText(given: Body, name: string, faults: Faults): string | null {
  const value = given[name]
  if (value === undefined) return null
  if (typeof value === 'string' && isText(value)) return value
  faults.add(name, `${quoted(value)} is not a text of 1 to ${longestText} characters`)
  return null
}

function readSubscriptionId(given: Body, faults: Faults): string | null {
  const value = given['subscriptionId']
  if (value === undefined) return null
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text === 'string' && /^[1-9]\d{0,17}$/.test(text)) return text
  faults.add('subscriptionId', `${quoted(value)} is not a subscription's id`)
  return null
}

function readRate(given: Body, faults: Faults): number {
  const value = given['perSecond']
  if (value === undefined) return usualPerSecond
  if (typeof value === 'number' && value >= leastPerSecond && value <= mostPerSecond) return value
  faults.add('perSecond', `${quoted(value)} is not a number from ${leastPerSecond} to ${mostPerSecond}`)
  return usualPerSecond
}

function readSwitch(given: Body, name: string, faults: Faults): boolean {
  const value = given[name]
  if (typeof value !== 'boolean' && value !== undefined) faults.add(name, `${quoted(value)} is neither true nor false`)
  return value === true
}

// PostgreSQL's text takes no NUL character and no half of a pair.
function isText(text: string): boolean {
  return text !== '' && text.length <= longestText && !/\0|\p{Surrogate}/u.test(text)
}
