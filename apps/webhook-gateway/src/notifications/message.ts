import type { Connector } from '#connectors'
import { bodyReader, parseForm, type ParsedBody } from './body.js'
import { refused, type DoorRequest, type Intake } from './intake.js'

/** What a vendor says in a request. */
export interface Message {
  kind: 'message'
  /** The bytes that its signature is over. */
  signed: Buffer
  read(): ParsedBody
}

type Sayable = Pick<Connector, 'webhookByQuery' | 'webhookContentTypes'>

/**
 * The message in a request: its body, or its query where the vendor's notifications come by GET. Without either it's a
 * probe: vendors try a URL before they use it (Intercom: HEAD, unsigned, when it is saved).
 */
export function messageIn(request: DoorRequest, connector: Sayable): Message | { kind: 'probe' } | RefusedIntake {
  const { method, query, headers, rawBody } = request
  if (method === 'GET' && connector.webhookByQuery && query !== '') {
    const signed = Buffer.from(query)
    return { kind: 'message', signed, read: () => parseForm(signed) }
  }
  if (method !== 'POST') return { kind: 'probe' }
  const read = bodyReader(headers['content-type'], connector.webhookContentTypes)
  return read ? { kind: 'message', signed: rawBody, read: () => read(rawBody) } : unsupported(request, connector)
}

type RefusedIntake = Extract<Intake, { kind: 'refused' }>

function unsupported({ headers }: DoorRequest, { webhookContentTypes }: Sayable): RefusedIntake {
  const expected = ['application/json', ...webhookContentTypes].join(' or ')
  return refused('unsupported-media-type', `content-type: ${String(headers['content-type'])}: expected ${expected}`)
}
