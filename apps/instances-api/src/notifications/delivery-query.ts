import { Refused } from '../errors/refusal.js'

/** Which deliveries are meant. */
export interface DeliveryQuery {
  status?: 'created' | 'retry' | 'queued'
  url?: string
}

const statuses = ['created', 'retry', 'queued'] as const
const condition = /^\s*([\w.]+)\s*=\s*'((?:[^']|'')*)'\s*(?:and\b|$)/i

/** Reads `where=channel='webhook' and status='queued' [and config.url='…']`, as documented. */
export function readDeliveryQuery(where: unknown): DeliveryQuery {
  let rest = typeof where === 'string' ? where.trim() : ''
  const found: DeliveryQuery = {}
  while (rest !== '') {
    const [whole, field, quotedValue] = condition.exec(rest) ?? []
    if (whole === undefined || field === undefined || quotedValue === undefined) {
      refuse(`can't be read from ${JSON.stringify(rest)}; write status='queued' and config.url='https://…'`)
    }
    apply(found, field, quotedValue.replaceAll("''", "'"))
    rest = rest.slice(whole.length).trim()
  }
  return found
}

function apply(found: DeliveryQuery, field: string, value: string): void {
  if (field === 'config.url') found.url = value
  else if (field === 'status') {
    const status = statuses.find(known => known === value)
    if (!status)
      refuse(`has the status ${JSON.stringify(value)}; what is still to be delivered is ${statuses.join(', ')}`)
    found.status = status
  } else if (field !== 'channel' || value !== 'webhook') {
    refuse(`has ${field}; write channel='webhook', status and config.url`)
  }
}

function refuse(why: string): never {
  throw new Refused({ kind: 'invalid', faults: [`where: ${why}`] })
}
