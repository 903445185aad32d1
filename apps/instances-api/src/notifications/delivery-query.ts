import type { WaitingStatus } from '#deliveries'
import { Refused } from '../errors/refusal.js'

/** Which deliveries are meant. */
export interface DeliveryQuery {
  status?: WaitingStatus | 'delivered'
  url?: string
  subscriptionId?: string
  instanceId?: number
}

const statuses = ['created', 'retry', 'queued', 'delivered', 'notified'] as const
const condition = /^\s*([\w.]+)\s*=\s*(?:'((?:[^']|'')*)'|(\d+))\s*(?:and\b|$)/i

/** Reads `where=channel='webhook' and status='queued' [and config.url='…']`, as documented; every fault at once. */
export function readDeliveryQuery(where: unknown): DeliveryQuery {
  const faults: string[] = []
  let rest = typeof where === 'string' ? where.trim() : ''
  const found: DeliveryQuery = {}
  while (rest !== '') {
    const [whole, field, quotedValue, number] = condition.exec(rest) ?? []
    if (whole === undefined || field === undefined) {
      faults.push(`can't be read from ${JSON.stringify(rest)}; write status='queued' and config.url='https://…'`)
      break
    }
    const fault = apply(found, field, quotedValue?.replaceAll("''", "'") ?? number ?? '')
    if (fault !== null) faults.push(fault)
    rest = rest.slice(whole.length).trim()
  }
  if (faults.length > 0) throw new Refused({ kind: 'invalid', faults: faults.map(fault => `where: ${fault}`) })
  return found
}

/** What is wrong with it, if anything. */
function apply(found: DeliveryQuery, field: string, value: string): string | null {
  switch (field) {
    case 'channel':
      return value === 'webhook' ? null : `there is no channel ${JSON.stringify(value)}; write channel='webhook'`
    case 'status': {
      const status = statuses.find(known => known === value)
      if (!status) return `there is no status ${JSON.stringify(value)}; write one of ${statuses.join(', ')}`
      found.status = status === 'notified' ? 'delivered' : status
      return null
    }
    case 'config.url':
      found.url = value
      return null
    case 'subscriptionId':
      if (!/^\d{1,18}$/.test(value)) return `subscriptionId is ${JSON.stringify(value)}, which is no id`
      found.subscriptionId = value
      return null
    case 'instanceId':
      if (!/^\d{1,10}$/.test(value) || Number(value) >= 2 ** 31)
        return `instanceId is ${JSON.stringify(value)}, which is no id`
      found.instanceId = Number(value)
      return null
    default:
      return `${field} is none of channel, status, config.url, subscriptionId, instanceId`
  }
}
