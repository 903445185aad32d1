import { startOfDay } from '../../clock/zone.js'
import { invalid } from '../errors.js'
import type { IntercomRecord } from '../records/records.js'
import { at } from '../../http/body.js'

/** What one search endpoint knows, and how it compares dates. */
export interface Dialect {
  fields: ReadonlySet<string>
  dates: ReadonlySet<string>
  compareDate(recorded: number, operator: string, wanted: number): boolean
  /** Values that a field stands for where it isn't a path of its own. */
  valueOf(record: IntercomRecord, field: string): unknown
}

const CONTACT_DATES = [
  'created_at',
  'updated_at',
  'signed_up_at',
  'last_seen_at',
  'last_contacted_at',
  'last_replied_at',
  'last_email_opened_at',
  'last_email_clicked_at',
]
const CONTACT_FIELDS = [
  ...['id', 'role', 'name', 'avatar', 'owner_id', 'email', 'email_domain', 'phone', 'formatted_phone', 'external_id'],
  ...['has_hard_bounced', 'marked_email_as_spam', 'unsubscribed_from_emails', 'tag_id', 'segment_id'],
  ...['browser', 'browser_language', 'os', 'language_override', 'location.country', 'location.region'],
]

/**
 * Contacts: dates are compared by the day, in the workspace's time zone. `>` begins with the next day, `<` ends before
 * the day, `=` is the whole day, and other operators are refused.
 */
export function contactDialect(timeZone: string): Dialect {
  return {
    fields: new Set([...CONTACT_FIELDS, ...CONTACT_DATES]),
    dates: new Set(CONTACT_DATES),
    compareDate(recorded, operator, wanted) {
      const today = startOfDay(wanted * 1000, timeZone) / 1000
      const tomorrow = startOfDay(wanted * 1000, timeZone, 1) / 1000
      if (operator === '>') return recorded >= tomorrow
      if (operator === '<') return recorded < today
      if (operator === '=') return recorded >= today && recorded < tomorrow
      throw invalid(`Operator ${operator} is not supported for date fields`)
    },
    valueOf: (record, field) => (field === 'email_domain' ? domainOf(record['email']) : at(record, field)),
  }
}

const CONVERSATION_DATES = [
  'created_at',
  'updated_at',
  'waiting_since',
  'snoozed_until',
  'statistics.first_contact_reply_at',
  'statistics.first_admin_reply_at',
  'statistics.first_close_at',
  'statistics.last_assignment_at',
  'statistics.last_contact_reply_at',
  'statistics.last_admin_reply_at',
  'statistics.last_close_at',
]
const CONVERSATION_FIELDS = [
  ...['id', 'source.type', 'source.id', 'source.delivered_as', 'source.subject', 'source.body', 'source.url'],
  ...['source.author.id', 'source.author.type', 'source.author.name', 'source.author.email'],
  ...['contact_ids', 'teammate_ids', 'admin_assignee_id', 'team_assignee_id', 'open', 'read', 'state', 'priority'],
  ...['tag_ids', 'title', 'statistics.count_conversation_parts', 'conversation_rating.score', 'ai_agent_participated'],
]

/** Conversations: second by second; whether `>` includes the second itself is a setting. */
export function conversationDialect(comparison: 'inclusive' | 'strict'): Dialect {
  return {
    fields: new Set([...CONVERSATION_FIELDS, ...CONVERSATION_DATES]),
    dates: new Set(CONVERSATION_DATES),
    compareDate: secondwise(comparison, false),
    valueOf(record, field) {
      if (field === 'contact_ids') return idsAt(record, 'contacts.contacts')
      if (field === 'tag_ids') return idsAt(record, 'tags.tags')
      if (field === 'teammate_ids') return idsAt(record, 'teammates.admins')
      if (field === 'conversation_rating.score') return at(record, 'conversation_rating.rating')
      return at(record, field)
    },
  }
}

const TICKET_DATES = ['created_at', 'updated_at', 'snoozed_until']
const TICKET_FIELDS = [
  ...['id', 'ticket_id', 'title', 'description', 'category', 'ticket_type_id', 'contact_ids', 'admin_assignee_id'],
  ...['team_assignee_id', 'open', 'state', 'state_id', 'ticket_state'],
]

/** Tickets: as conversations, and `created_at` also takes `>=` and `<=`. */
export function ticketDialect(comparison: 'inclusive' | 'strict'): Dialect {
  return {
    fields: new Set([...TICKET_FIELDS, ...TICKET_DATES]),
    dates: new Set(TICKET_DATES),
    compareDate: secondwise(comparison, true),
    valueOf(record, field) {
      if (field === 'contact_ids') return idsAt(record, 'contacts.contacts')
      if (field === 'title') return at(record, 'ticket_attributes._default_title_')
      if (field === 'description') return at(record, 'ticket_attributes._default_description_')
      if (field === 'ticket_type_id') return at(record, 'ticket_type.id')
      return at(record, field)
    },
  }
}

function secondwise(comparison: 'inclusive' | 'strict', orEqual: boolean): Dialect['compareDate'] {
  return (recorded, operator, wanted) => {
    if (operator === '=') return recorded === wanted
    if (operator === '!=') return recorded !== wanted
    if (recorded === wanted && (operator === '>' || operator === '<')) return comparison === 'inclusive'
    if (operator === '>' || (operator === '>=' && orEqual)) return recorded >= wanted
    if (operator === '<' || (operator === '<=' && orEqual)) return recorded <= wanted
    throw invalid(`Operator ${operator} is not supported for date fields`)
  }
}

function idsAt(record: IntercomRecord, path: string): unknown[] {
  const list = at(record, path)
  return Array.isArray(list) ? list.map(entry => at(entry, 'id')) : []
}

function domainOf(email: unknown): unknown {
  return typeof email === 'string' ? email.split('@')[1] : undefined
}
