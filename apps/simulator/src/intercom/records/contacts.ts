import { notFound } from '../errors.js'
import type { IntercomSettings } from '../settings.js'
import { withIsoDates } from '../webhooks/dates.js'
import type { JsonObject } from '../../http/body.js'
import type { Desk } from './announce.js'
import { Records, type IntercomRecord } from './records.js'

/** Users and leads, and what happens to them. Every action tells the subscribers what Intercom would tell them. */
export class Contacts {
  readonly records: Records
  /** Of merged contacts: the old id, and the one that took over. */
  readonly merged = new Map<string, string>()
  private readonly tagIds = new Map<string, string>()

  constructor(
    private readonly desk: Desk,
    private readonly settings: IntercomSettings,
  ) {
    this.records = new Records(desk.clock, () => settings.contactSearchLagMs)
  }

  /** A new contact; any field may be given, `role` is `user` unless it says `lead`. */
  create(fields: JsonObject = {}): IntercomRecord {
    const contact = this.records.put(newContact(this.desk, fields))
    this.desk.announce(`contact.${roleOf(contact)}.created`, withIsoDates(contact))
    return contact
  }

  /** Changes fields; a changed email address is told twice, as Intercom does. Throws 404 where there's no such contact. */
  update(id: string, fields: JsonObject = {}): IntercomRecord {
    const before = this.mustGet(id)
    const { email: oldEmail } = before
    const contact = this.change(id, fields)
    const item = withIsoDates(contact)
    this.desk.announce(`contact.${roleOf(contact)}.updated`, item)
    if ('email' in fields && fields['email'] !== oldEmail) {
      this.desk.announce('contact.email.updated', item)
      if (roleOf(contact) === 'lead' && !oldEmail) this.desk.announce('contact.lead.added_email', item)
    }
    return contact
  }

  /** A lead signs up: it becomes a user. */
  signUp(id: string): IntercomRecord {
    const contact = this.change(id, { role: 'user', signed_up_at: this.desk.clock.seconds() })
    this.desk.announce('contact.lead.signed_up', withIsoDates(contact))
    return contact
  }

  /** Adds a tag; the notification wraps contact and tag. */
  tag(id: string, name = 'vip'): IntercomRecord {
    return this.announceTag(id, name, 'created')
  }

  untag(id: string, name = 'vip'): IntercomRecord {
    return this.announceTag(id, name, 'deleted')
  }

  subscribe(id: string): IntercomRecord {
    return this.announceConsent(id, 'subscribe')
  }

  unsubscribe(id: string): IntercomRecord {
    return this.announceConsent(id, 'unsubscribe')
  }

  archive(id: string): IntercomRecord {
    const contact = this.change(id, { archived: true })
    this.desk.announce('contact.archived', {
      id,
      external_id: contact['external_id'] ?? null,
      type: 'contact',
      archived: true,
    })
    return contact
  }

  unarchive(id: string): IntercomRecord {
    const contact = this.change(id, { archived: false })
    this.desk.announce('contact.unarchived', withIsoDates(contact))
    return contact
  }

  /** Deletes for good; the notification holds little more than the id. */
  delete(id: string): void {
    this.mustGet(id)
    this.records.remove(id)
    this.desk.announce('contact.deleted', { id, type: 'contact', deleted: true })
  }

  /** Merges `from` into `into`: `from` vanishes without a tombstone, its id answers 410 from then on. */
  merge(from: string, into: string): IntercomRecord {
    const source = this.mustGet(from)
    this.mustGet(into)
    const target = this.change(into, {})
    this.records.remove(from)
    this.merged.set(from, into)
    const item = withIsoDates(target)
    if (this.settings.mergedFrom) item['merged_from'] = { type: 'contact', id: source.id }
    this.desk.announce('contact.merged', item)
    return target
  }

  mustGet(id: string): IntercomRecord {
    const contact = this.records.get(id)
    if (!contact) throw notFound('User Not Found')
    return contact
  }

  private change(id: string, fields: JsonObject): IntercomRecord {
    this.mustGet(id)
    return this.records.change(id, { updated_at: this.desk.clock.seconds(), ...fields, id }) ?? this.mustGet(id)
  }

  private announceTag(id: string, name: string, what: 'created' | 'deleted'): IntercomRecord {
    const contact = this.change(id, {})
    const tagId = this.tagIds.get(name) ?? this.desk.ids.short()
    this.tagIds.set(name, tagId)
    this.desk.announce(`contact.${roleOf(contact)}.tag.${what}`, {
      type: 'contact_tag',
      created_at: this.desk.clock.seconds(),
      tag: { type: 'tag', id: tagId, name },
      contact: withIsoDates(contact),
    })
    return contact
  }

  private announceConsent(id: string, what: 'subscribe' | 'unsubscribe'): IntercomRecord {
    const contact = this.change(id, { unsubscribed_from_emails: what === 'unsubscribe' })
    this.desk.announce(`contact.${what}d`, {
      type: `contact_${what}`,
      contact: withIsoDates(contact),
      created_at: this.desk.clock.seconds(),
    })
    return contact
  }
}

function roleOf(contact: IntercomRecord): 'user' | 'lead' {
  return contact['role'] === 'lead' ? 'lead' : 'user'
}

function newContact(desk: Desk, fields: JsonObject): IntercomRecord {
  const now = desk.clock.seconds()
  const id = typeof fields['id'] === 'string' ? fields['id'] : desk.ids.object()
  const createdAt = fields['created_at'] ?? now
  const none = (kind: string) => ({
    type: 'list',
    data: [],
    url: `/contacts/${id}/${kind}`,
    total_count: 0,
    has_more: false,
  })
  return {
    type: 'contact',
    id,
    workspace_id: desk.workspace,
    external_id: null,
    role: 'user',
    email: null,
    phone: null,
    name: null,
    avatar: null,
    owner_id: null,
    social_profiles: { type: 'list', data: [] },
    has_hard_bounced: false,
    marked_email_as_spam: false,
    unsubscribed_from_emails: false,
    created_at: createdAt,
    updated_at: createdAt,
    signed_up_at: createdAt,
    last_seen_at: null,
    last_replied_at: null,
    last_contacted_at: null,
    last_email_opened_at: null,
    last_email_clicked_at: null,
    language_override: null,
    browser: null,
    browser_version: null,
    browser_language: null,
    os: null,
    location: { type: 'location', country: null, region: null, city: null, country_code: null, continent_code: null },
    custom_attributes: {},
    tags: none('tags'),
    notes: none('notes'),
    companies: none('companies'),
    opted_out_subscription_types: none('subscriptions'),
    opted_in_subscription_types: none('subscriptions'),
    utm_campaign: null,
    utm_source: null,
    referrer: null,
    sms_consent: false,
    ...fields,
  }
}
