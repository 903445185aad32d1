import type { JsonObject } from '../../http/body.js'
import type { Desk } from './announce.js'
import type { Saying } from './conversations.js'
import type { IntercomRecord } from './records.js'

/** A conversation as API 2.x lists it: without its parts. */
export function newConversation(desk: Desk, deliveredAs: string, saying: Saying, fields: JsonObject): IntercomRecord {
  const contactId = saying.contactId ?? desk.ids.object()
  const createdAt = fields['created_at'] ?? desk.clock.seconds()
  return {
    type: 'conversation',
    id: desk.ids.long(),
    created_at: createdAt,
    updated_at: createdAt,
    waiting_since: createdAt,
    snoozed_until: null,
    source: {
      type: 'conversation',
      id: desk.ids.part(),
      delivered_as: deliveredAs,
      subject: '',
      body: `<p>${saying.body ?? 'Hello'}</p>`,
      author: authorOf(saying, contactId),
      attachments: [],
      url: null,
      redacted: false,
    },
    contacts: { type: 'contact.list', contacts: [{ type: 'contact', id: contactId, external_id: null }] },
    first_contact_reply: null,
    admin_assignee_id: null,
    team_assignee_id: null,
    open: true,
    state: 'open',
    read: false,
    tags: { type: 'tag.list', tags: [] },
    priority: 'not_priority',
    sla_applied: null,
    statistics: newStatistics(createdAt),
    conversation_rating: null,
    teammates: { type: 'admin.list', admins: [] },
    title: null,
    custom_attributes: {},
    topics: { type: 'topic.list', topics: [], total_count: 0 },
    ticket: null,
    linked_objects: { type: 'list', data: [], total_count: 0, has_more: false },
    ai_agent: null,
    ai_agent_participated: false,
    ...fields,
  }
}

/** One part of a conversation. */
export function newPart(desk: Desk, kind: string, saying: Saying, conversation: IntercomRecord): JsonObject {
  const now = desk.clock.seconds()
  const assignee = conversation['admin_assignee_id']
  return {
    type: 'conversation_part',
    id: desk.ids.part(),
    part_type: kind,
    body: saying.body === undefined ? null : `<p>${saying.body}</p>`,
    created_at: now,
    updated_at: now,
    notified_at: now,
    assigned_to: typeof assignee === 'number' ? { type: 'admin', id: String(assignee) } : null,
    author: authorOf(saying, saying.contactId ?? 'unknown'),
    attachments: [],
    external_id: null,
    redacted: false,
  }
}

function authorOf(saying: Saying, contactId: string): JsonObject {
  return saying.adminId === undefined
    ? { type: 'user', id: contactId, name: null, email: '' }
    : { type: 'admin', id: saying.adminId, name: 'Ada Agent', email: 'ada@example.com' }
}

function newStatistics(createdAt: unknown): JsonObject {
  return {
    type: 'conversation_statistics',
    time_to_assignment: null,
    time_to_admin_reply: null,
    time_to_first_close: null,
    first_contact_reply_at: createdAt,
    first_assignment_at: null,
    first_admin_reply_at: null,
    first_close_at: null,
    last_assignment_at: null,
    last_contact_reply_at: createdAt,
    last_admin_reply_at: null,
    last_close_at: null,
    count_reopens: 0,
    count_assignments: 0,
    count_conversation_parts: 0,
  }
}
