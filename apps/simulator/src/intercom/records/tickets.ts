import { notFound } from '../errors.js'
import type { JsonObject } from '../../http/body.js'
import type { Desk } from './announce.js'
import { Records, type IntercomRecord } from './records.js'

export type TicketState = 'submitted' | 'in_progress' | 'waiting_on_customer' | 'resolved'

/** Tickets. Replies and notes are told as a pair of ticket and part, all else as the ticket itself. */
export class Tickets {
  readonly records: Records

  constructor(private readonly desk: Desk) {
    this.records = new Records(desk.clock)
  }

  create(fields: JsonObject = {}): IntercomRecord {
    const ticket = this.records.put(newTicket(this.desk, fields))
    this.desk.announce('ticket.created', ticket)
    return ticket
  }

  /** Moves on; resolving tells three topics, as one action of a person does. */
  setState(id: string, state: TicketState): IntercomRecord {
    const open = state !== 'resolved'
    const ticket = this.change(id, { ticket_state: state, open }, 'ticket_state_updated_by_admin')
    this.desk.announce('ticket.state.updated', ticket)
    if (!open) {
      this.desk.announce('ticket.resolved', ticket)
      this.desk.announce('ticket.closed', ticket)
    }
    return ticket
  }

  adminReplied(id: string, body = 'On it'): IntercomRecord {
    return this.say(id, 'ticket.admin.replied', 'comment', body)
  }

  contactReplied(id: string, body = 'Any news?'): IntercomRecord {
    return this.say(id, 'ticket.contact.replied', 'comment', body)
  }

  noted(id: string, body = 'Internal'): IntercomRecord {
    return this.say(id, 'ticket.note.created', 'note', body)
  }

  assigned(id: string, adminId = '9608799'): IntercomRecord {
    const ticket = this.change(id, { admin_assignee_id: Number(adminId) }, 'assignment')
    this.desk.announce('ticket.admin.assigned', { ticket })
    return ticket
  }

  delete(id: string): void {
    this.mustGet(id)
    this.records.remove(id)
  }

  mustGet(id: string): IntercomRecord {
    const ticket = this.records.get(id)
    if (!ticket) throw notFound('Ticket Not Found', 'ticket_not_found')
    return ticket
  }

  private say(id: string, topic: string, kind: string, body: string): IntercomRecord {
    const ticket = this.change(id, {}, kind, body)
    const parts = partsOf(ticket)
    this.desk.announce(topic, { type: 'ticket_ticket_part', ticket, ticket_part: parts.at(-1) ?? null })
    return ticket
  }

  private change(id: string, fields: JsonObject, kind: string, body: string | null = null): IntercomRecord {
    const before = this.mustGet(id)
    const now = this.desk.clock.seconds()
    const part = {
      type: 'ticket_part',
      id: this.desk.ids.part(),
      part_type: kind,
      body: body === null ? null : `<p>${body}</p>`,
      created_at: now,
      updated_at: now,
      author: { type: 'admin', id: '9608799', name: 'Ada Agent', email: 'ada@example.com' },
      attachments: [],
      redacted: false,
    }
    const parts = [...partsOf(before), part]
    return (
      this.records.change(id, {
        updated_at: now,
        ...fields,
        ticket_parts: { type: 'ticket_part.list', ticket_parts: parts, total_count: parts.length },
      }) ?? before
    )
  }
}

function partsOf(ticket: IntercomRecord): JsonObject[] {
  return (ticket['ticket_parts'] as { ticket_parts: JsonObject[] }).ticket_parts
}

function newTicket(desk: Desk, fields: JsonObject): IntercomRecord {
  const createdAt = fields['created_at'] ?? desk.clock.seconds()
  return {
    type: 'ticket',
    id: desk.ids.long(),
    ticket_id: desk.ids.ticketNumber(),
    category: 'Customer',
    ticket_attributes: { _default_title_: 'A ticket', _default_description_: '' },
    ticket_state: 'submitted',
    ticket_type: { type: 'ticket_type', id: '1', name: 'Question', category: 'Customer' },
    contacts: { type: 'contact.list', contacts: [{ type: 'contact', id: desk.ids.object(), external_id: null }] },
    admin_assignee_id: 0,
    team_assignee_id: 0,
    created_at: createdAt,
    updated_at: createdAt,
    ticket_parts: { type: 'ticket_part.list', ticket_parts: [], total_count: 0 },
    open: true,
    snoozed_until: null,
    linked_objects: { type: 'list', data: [], total_count: 0, has_more: false },
    is_shared: true,
    ...fields,
  }
}
