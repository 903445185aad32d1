import type { Clock } from '../clock/clock.js'
import { compactDate, contactDate, offsetDate } from './dates.js'
import type { IContactSettings } from './settings.js'
import { SHAPES, type CollectionName, type Row } from './rows.js'

/** What people did with a message. */
export const ENGAGEMENTS = ['opens', 'clicks', 'bounces', 'unsubscribes'] as const
export type Engagement = (typeof ENGAGEMENTS)[number]

/** One entry of a contact's history. */
export interface ContactAction {
  contactId: string
  actionType: string
  at: number
  actor: string
  details: Record<string, string> | []
}

/** Fields as callers give them; what isn't text becomes it, as in iContact's own answers. */
export type RowFields = Record<string, string | number | boolean | null | undefined>

/** A client folder: contacts, lists, messages and the rest, with what happened to them. */
export class ClientFolder {
  readonly actions: ContactAction[] = []
  private readonly rows: Record<CollectionName, Map<string, Row>>
  private readonly engagements = new Map<string, Row[]>()
  private nextId: number

  constructor(
    readonly id: string,
    private readonly clock: Clock,
    private readonly settings: IContactSettings,
    firstId = 66_674_163,
  ) {
    this.nextId = firstId
    this.rows = {
      contacts: new Map(),
      lists: new Map(),
      messages: new Map(),
      campaigns: new Map(),
      subscriptions: new Map(),
      segments: new Map(),
    }
  }

  all(name: CollectionName): Row[] {
    return [...this.rows[name].values()]
  }

  get(name: CollectionName, id: string): Row | undefined {
    return this.rows[name].get(id)
  }

  /** Adds a row; its id and its date, unless given, are made here. `createdAt` is milliseconds since the epoch. */
  create(name: CollectionName, fields: RowFields = {}, createdAt = this.clock.now()): Row {
    const shape = SHAPES[name]
    const row: Row = Object.fromEntries(shape.fields.map(field => [field, null]))
    Object.assign(row, DEFAULTS[name], { [shape.id]: String(this.nextId++) })
    if (shape.date) row[shape.date.field] = this.written(name, createdAt)
    Object.assign(row, asText(fields))
    this.rows[name].set(row[shape.id] ?? '', row)
    if (name === 'contacts') this.remember(row['contactId'], 'AddContact', createdAt)
    return row
  }

  /** Changes fields of a row. There is no modification date that would show it. */
  update(name: CollectionName, id: string, fields: RowFields): Row | undefined {
    const row = this.rows[name].get(id)
    if (!row) return undefined
    const changed = { ...row, ...asText(fields) }
    this.rows[name].set(id, changed)
    if (name === 'contacts') this.remember(id, 'EditFields', this.clock.now())
    return changed
  }

  /** Removes a row without a trace, a contact's subscriptions with it. */
  delete(name: CollectionName, id: string): boolean {
    if (!this.rows[name].delete(id)) return false
    if (name === 'contacts') {
      for (const [key, { contactId }] of this.rows.subscriptions) {
        if (contactId === id) this.rows.subscriptions.delete(key)
      }
    }
    return true
  }

  /** Puts a contact on a list. */
  subscribe(contactId: string, listId: string, status = 'normal'): Row {
    const subscriptionId = `${listId}_${contactId}`
    return this.create('subscriptions', { subscriptionId, listId, contactId, status })
  }

  /** A contact of its own on a list of its own: what a listing shows without being asked for more. */
  createListedContact(fields: RowFields = {}, createdAt?: number): Row {
    const contact = this.create('contacts', fields, createdAt)
    const list = this.all('lists')[0] ?? this.create('lists', { name: 'Newsletter', publicname: 'Newsletter' })
    this.subscribe(contact['contactId'] ?? '', list['listId'] ?? '')
    return contact
  }

  isListed(contactId: string): boolean {
    return this.all('subscriptions').some(subscription => subscription['contactId'] === contactId)
  }

  /** Someone opens a message, clicks in it, and so on. */
  engage(messageId: string, what: Engagement, contactId: string, extra: RowFields = {}): Row {
    const moment = `${what.slice(0, -1)}Time`
    const row: Row = { contactId, [moment]: offsetDate(this.clock.now()), ...asText(extra) }
    const key = `${messageId}/${what}`
    this.engagements.set(key, [...(this.engagements.get(key) ?? []), row])
    this.remember(contactId, ACTION_OF[what], this.clock.now())
    return row
  }

  engagement(messageId: string, what: Engagement): Row[] {
    return this.engagements.get(`${messageId}/${what}`) ?? []
  }

  private written(name: CollectionName, epochMs: number): string {
    if (name === 'messages' && this.settings.messageDates === 'compact') return compactDate(epochMs)
    return SHAPES[name].date?.style === 'zone-less' ? contactDate(epochMs) : offsetDate(epochMs)
  }

  private remember(contactId: string | null | undefined, actionType: string, at: number): void {
    // PHP writes an empty map as an empty list.
    this.actions.push({ contactId: contactId ?? '', actionType, at, actor: 'api', details: [] })
  }
}

const ACTION_OF: Record<Engagement, string> = {
  opens: 'Open',
  clicks: 'Click',
  bounces: 'Bounce',
  unsubscribes: 'EditSubscription',
}

const DEFAULTS: Record<CollectionName, Row> = {
  contacts: { status: 'normal' },
  lists: { emailOwnerOnChange: '0', welcomeOnManualAdd: '0', welcomeOnSignupAdd: '0' },
  messages: { messageType: 'normal', subject: 'A message', messageName: 'A message' },
  campaigns: { forwardToFriend: '0', clickTrackMode: '1', useAccountAddress: '1', archiveByDefault: '1' },
  subscriptions: { status: 'normal' },
  segments: {},
}

function asText(fields: RowFields): Row {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) =>
      value === undefined
        ? []
        : [[key, value === null ? null : typeof value === 'boolean' ? (value ? '1' : '0') : String(value)]],
    ),
  )
}
