import { notFound } from '../errors.js'
import { withIsoDates } from '../webhooks/dates.js'
import type { JsonObject } from '../../http/body.js'
import type { Desk } from './announce.js'
import { Records, type IntercomRecord } from './records.js'

/** Companies. Those without users are in no list, only under their own id. */
export class Companies {
  readonly records: Records

  constructor(private readonly desk: Desk) {
    this.records = new Records(desk.clock)
  }

  create(fields: JsonObject = {}): IntercomRecord {
    const company = this.records.put(newCompany(this.desk, fields))
    this.desk.announce('company.created', withIsoDates(company))
    return company
  }

  update(id: string, fields: JsonObject = {}): IntercomRecord {
    const company = this.change(id, fields)
    this.desk.announce('company.updated', withIsoDates(company))
    return company
  }

  delete(id: string): void {
    this.mustGet(id)
    this.records.remove(id)
    this.desk.announce('company.deleted', { id, type: 'company', deleted: true })
  }

  /** A contact joins; the notification's item has neither type nor id of its own. */
  attach(id: string, contact: IntercomRecord): IntercomRecord {
    return this.link(id, contact, 'attached', 1)
  }

  detach(id: string, contact: IntercomRecord): IntercomRecord {
    return this.link(id, contact, 'detached', -1)
  }

  mustGet(id: string): IntercomRecord {
    const company = this.records.get(id)
    if (!company) throw notFound('Company Not Found', 'company_not_found')
    return company
  }

  private link(id: string, contact: IntercomRecord, what: 'attached' | 'detached', users: 1 | -1): IntercomRecord {
    const company = this.change(id, { user_count: Math.max(0, Number(this.mustGet(id)['user_count']) + users) })
    this.desk.announce(`company.contact.${what}`, { company: withIsoDates(company), contact: withIsoDates(contact) })
    return company
  }

  private change(id: string, fields: JsonObject): IntercomRecord {
    this.mustGet(id)
    return this.records.change(id, { updated_at: this.desk.clock.seconds(), ...fields, id }) ?? this.mustGet(id)
  }
}

function newCompany(desk: Desk, fields: JsonObject): IntercomRecord {
  const id = desk.ids.object()
  const createdAt = fields['created_at'] ?? desk.clock.seconds()
  return {
    type: 'company',
    id,
    company_id: `c-${id.slice(-6)}`,
    app_id: desk.workspace,
    name: null,
    plan: { type: 'plan', id: null, name: null },
    remote_created_at: createdAt,
    created_at: createdAt,
    updated_at: createdAt,
    last_request_at: createdAt,
    size: 0,
    website: null,
    industry: null,
    monthly_spend: 0,
    session_count: 0,
    user_count: 1,
    custom_attributes: {},
    tags: { type: 'tag.list', tags: [] },
    segments: { type: 'segment.list', segments: [] },
    ...fields,
  }
}
