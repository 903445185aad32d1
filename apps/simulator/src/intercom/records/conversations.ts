import { notFound } from '../errors.js'
import { withZuluStatistics } from '../webhooks/dates.js'
import { isObject, type JsonObject } from '../../http/body.js'
import type { Desk } from './announce.js'
import { newConversation, newPart } from './conversation-shapes.js'
import { Records, type IntercomRecord } from './records.js'

/** Who says something in a conversation, and what. */
export interface Saying {
  body?: string
  adminId?: string
  contactId?: string
  /** Of an admin's reply: also takes the conversation, which tells the subscribers twice. */
  assign?: boolean
}

/** A deleted conversation as GET /conversations/deleted lists it. */
export interface DeletedConversation {
  type: 'conversation'
  id: string
  metrics_retained: boolean
  deleted_at: number
}

/** Conversations, and what people do in them. */
export class Conversations {
  readonly records: Records
  readonly deleted: DeletedConversation[] = []
  private readonly parts = new Map<string, JsonObject[]>()

  constructor(private readonly desk: Desk) {
    this.records = new Records(desk.clock)
  }

  /** A contact starts a conversation. `fields` may set any field of the record. */
  userCreated(saying: Saying = {}, fields: JsonObject = {}): IntercomRecord {
    return this.start('conversation.user.created', 'customer_initiated', saying, fields)
  }

  /** An admin starts one; it comes into being closed. */
  adminCreated(saying: Saying = {}, fields: JsonObject = {}): IntercomRecord {
    return this.start('conversation.admin.single.created', 'admin_initiated', saying, {
      open: false,
      state: 'closed',
      ...fields,
    })
  }

  userReplied(id: string, saying: Saying = {}): IntercomRecord {
    return this.act(id, 'conversation.user.replied', 'comment', saying, { open: true, state: 'open' })
  }

  /** An admin replies. With `assign`, two notifications with different ids carry the same part. */
  adminReplied(id: string, saying: Saying = {}): IntercomRecord {
    const admin = saying.adminId ?? '9608799'
    const assignee = saying.assign === true ? { admin_assignee_id: Number(admin) } : {}
    const { record, part } = this.add(id, 'comment', { ...saying, adminId: admin }, assignee)
    if (saying.assign === true) this.tell('conversation.admin.assigned', record, part)
    this.tell('conversation.admin.replied', record, part)
    return record
  }

  operatorReplied(id: string, saying: Saying = {}): IntercomRecord {
    return this.act(id, 'conversation.operator.replied', 'channel_and_reply_time_expectation', saying, {})
  }

  adminAssigned(id: string, saying: Saying = {}): IntercomRecord {
    const adminId = saying.adminId ?? '9608799'
    const fields = { admin_assignee_id: Number(adminId) }
    return this.act(id, 'conversation.admin.assigned', 'assignment', { ...saying, adminId }, fields)
  }

  noted(id: string, saying: Saying = {}): IntercomRecord {
    return this.act(id, 'conversation.admin.noted', 'note', byAdmin(saying), {})
  }

  closed(id: string, saying: Saying = {}): IntercomRecord {
    return this.act(id, 'conversation.admin.closed', 'close', byAdmin(saying), { open: false, state: 'closed' })
  }

  opened(id: string, saying: Saying = {}): IntercomRecord {
    return this.act(id, 'conversation.admin.opened', 'open', byAdmin(saying), { open: true, state: 'open' })
  }

  snoozed(id: string, saying: Saying = {}): IntercomRecord {
    const fields = { state: 'snoozed', open: true, snoozed_until: this.desk.clock.seconds() + 3600 }
    return this.act(id, 'conversation.admin.snoozed', 'snoozed', byAdmin(saying), fields)
  }

  unsnoozed(id: string, saying: Saying = {}): IntercomRecord {
    const fields = { state: 'open', open: true, snoozed_until: null }
    return this.act(id, 'conversation.admin.unsnoozed', 'timer_unsnooze', byAdmin(saying), fields)
  }

  rated(id: string, rating = 5, remark: string | null = null): IntercomRecord {
    const rated = { rating, remark, created_at: this.desk.clock.seconds(), contact: null, teammate: null }
    return this.act(id, 'conversation.rating.added', 'conversation_rating_changed', {}, { conversation_rating: rated })
  }

  /** A contact reads it: told without an id, and with all parts. */
  read(id: string): IntercomRecord {
    const record = this.records.change(id, { read: true }) ?? this.mustGet(id)
    const item = { ...withZuluStatistics(record), conversation_parts: partList(this.partsOf(id)) }
    this.desk.announce('conversation.read', item, { id: null })
    return record
  }

  tagged(id: string, name = 'urgent'): IntercomRecord {
    const tag = { type: 'tag', id: this.desk.ids.short(), name }
    const record = this.records.change(this.mustGet(id).id, {
      tags: { type: 'tag.list', tags: [tag] },
      updated_at: this.desk.clock.seconds(),
    })
    const item = { ...withZuluStatistics(record ?? {}), tags_added: { type: 'tag.list', tags: [tag] } }
    this.desk.announce('conversation_part.tag.created', item)
    return this.mustGet(id)
  }

  /** Changes fields and tells nobody, as much of what happens inside Intercom does. */
  update(id: string, fields: JsonObject): IntercomRecord {
    this.mustGet(id)
    return this.records.change(id, { updated_at: this.desk.clock.seconds(), ...fields, id }) ?? this.mustGet(id)
  }

  /** Deletes: the notification carries no `item.id`, and GET /conversations/deleted lists it. */
  delete(id: string): void {
    this.mustGet(id)
    this.records.remove(id)
    this.parts.delete(id)
    this.deleted.push({
      type: 'conversation',
      id,
      metrics_retained: true,
      deleted_at: this.desk.clock.seconds(),
    })
    this.desk.announce('conversation.deleted', { type: 'conversation', conversation_id: id })
  }

  mustGet(id: string): IntercomRecord {
    const conversation = this.records.get(id)
    if (!conversation) throw notFound()
    return conversation
  }

  /** The conversation as GET by id shows it: with its parts, at most the newest 500. */
  withParts(id: string): JsonObject {
    return { ...this.mustGet(id), conversation_parts: partList(this.partsOf(id).slice(-500), this.partsOf(id).length) }
  }

  private start(topic: string, deliveredAs: string, saying: Saying, fields: JsonObject): IntercomRecord {
    const record = this.records.put(newConversation(this.desk, deliveredAs, saying, fields))
    this.parts.set(record.id, [])
    this.desk.announce(topic, { ...withZuluStatistics(record), conversation_parts: partList([]) })
    return record
  }

  private act(id: string, topic: string, kind: string, saying: Saying, fields: JsonObject): IntercomRecord {
    const { record, part } = this.add(id, kind, saying, fields)
    this.tell(topic, record, part)
    return record
  }

  private add(id: string, kind: string, saying: Saying, fields: JsonObject) {
    const before = this.mustGet(id)
    const now = this.desk.clock.seconds()
    const part = newPart(this.desk, kind, saying, before)
    this.parts.set(id, [...this.partsOf(id), part])
    const statistics = isObject(before['statistics']) ? before['statistics'] : {}
    const reply =
      kind !== 'comment' ? {} : saying.adminId ? { last_admin_reply_at: now } : { last_contact_reply_at: now }
    const counted = {
      ...statistics,
      ...reply,
      ...(kind === 'close' ? { last_close_at: now } : {}),
      count_conversation_parts: this.partsOf(id).length,
    }
    const record = this.records.change(id, { updated_at: now, ...fields, statistics: counted }) ?? before
    return { record, part }
  }

  private tell(topic: string, record: IntercomRecord, part: JsonObject): void {
    this.desk.announce(topic, { ...withZuluStatistics(record), conversation_parts: partList([part]) })
  }

  private partsOf(id: string): JsonObject[] {
    return this.parts.get(id) ?? []
  }
}

function byAdmin(saying: Saying): Saying {
  return { adminId: '9608799', ...saying }
}

function partList(parts: JsonObject[], total = parts.length): JsonObject {
  return { type: 'conversation_part.list', conversation_parts: parts, total_count: total }
}
