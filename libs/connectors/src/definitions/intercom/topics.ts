import type { OtherTopics, TopicRow, TopicTable } from '../../definition.js'

// A ticket stands at the top of the item or, beside a part or a contact, within it.
const ticketId = ['item.ticket.id', 'item.id']
const taggedId = ['item.contact.id', 'item.user.id', 'item.lead.id']

const conversationChanged: TopicRow = ['conversations', 'UPDATED', 'item.id']
const contactCreated: TopicRow = ['contacts', 'CREATED', 'item.id']
const contactChanged: TopicRow = ['contacts', 'UPDATED', 'item.id']
// The tag is new or gone; the contact has changed.
const contactTagged: TopicRow = ['contacts', 'UPDATED', taggedId]
const subscriptionChanged: TopicRow = ['contacts', 'UPDATED', 'item.contact.id']
const ticketChanged: TopicRow = ['tickets', 'UPDATED', ticketId]
const adminChanged: TopicRow = ['admins', 'UPDATED', 'item.id']
const articleChanged: TopicRow = ['articles', 'UPDATED', 'item.id']
const contentStat: TopicRow = ['content_stats', 'CREATED', 'item.content_stat.id']

const conversations: TopicTable = {
  'conversation.user.created': ['conversations', 'CREATED', 'item.id'],
  'conversation.admin.single.created': ['conversations', 'CREATED', 'item.id'],
  'conversation.user.replied': conversationChanged,
  'conversation.admin.replied': conversationChanged,
  'conversation.admin.replied.translated': conversationChanged,
  'conversation.operator.replied': conversationChanged,
  'conversation.admin.assigned': conversationChanged,
  'conversation.admin.open.assigned': conversationChanged,
  'conversation.admin.noted': conversationChanged,
  'conversation.admin.closed': conversationChanged,
  'conversation.admin.opened': conversationChanged,
  'conversation.admin.snoozed': conversationChanged,
  'conversation.admin.unsnoozed': conversationChanged,
  'conversation.read': conversationChanged,
  'conversation.priority.updated': conversationChanged,
  'conversation.rating.added': conversationChanged,
  'conversation.company.updated': conversationChanged,
  // The vendor's own model, whose ids are numbers.
  'conversation.contact.attached': ['conversations', 'UPDATED', ['item.conversation.model.id', 'item.conversation.id']],
  'conversation.contact.detached': ['conversations', 'UPDATED', ['item.conversation.model.id', 'item.conversation.id']],
  'conversation_part.tag.created': ['conversations', 'UPDATED', ['item.conversation.id', 'item.id']],
  'conversation_part.redacted': conversationChanged,
  // Carries no item.id.
  'conversation.deleted': ['conversations', 'DELETED', ['item.conversation_id', 'item.id']],
}

const contacts: TopicTable = {
  'contact.user.created': contactCreated,
  'contact.lead.created': contactCreated,
  'contact.user.updated': contactChanged,
  'contact.lead.updated': contactChanged,
  'contact.lead.added_email': contactChanged,
  'contact.email.updated': contactChanged,
  'contact.lead.signed_up': contactChanged,
  'contact.user.tag.created': contactTagged,
  'contact.user.tag.deleted': contactTagged,
  'contact.lead.tag.created': contactTagged,
  'contact.lead.tag.deleted': contactTagged,
  'contact.subscribed': subscriptionChanged,
  'contact.unsubscribed': subscriptionChanged,
  'granular.subscribe': subscriptionChanged,
  'granular.unsubscribe': subscriptionChanged,
  // Archived ones can come back, so they aren't deleted. Both spellings are printed, and sent.
  'contact.archived': contactChanged,
  'contact.archive': contactChanged,
  'contact.unarchived': contactChanged,
  'contact.unarchive': contactChanged,
  'contact.deleted': ['contacts', 'DELETED', 'item.id'],
  // The one that stays has changed; the other one is gone. Older notifications don't name it.
  'contact.merged': [contactChanged, ['contacts', 'DELETED', 'item.merged_from.id', 'optional']],
  'visitor.signed_up': contactChanged,
}

/** Names of API 1.x, which apps of that time still get. There a "contact" is a lead. */
const legacyContacts: TopicTable = {
  'user.created': contactCreated,
  'user.deleted': ['contacts', 'DELETED', 'item.id'],
  'user.unsubscribed': contactChanged,
  'user.email.updated': contactChanged,
  'user.tag.created': contactTagged,
  'user.tag.deleted': contactTagged,
  'contact.created': contactCreated,
  'contact.signed_up': contactChanged,
  'contact.added_email': contactChanged,
  'contact.tag.created': contactTagged,
  'contact.tag.deleted': contactTagged,
}

const tickets: TopicTable = {
  'ticket.created': ['tickets', 'CREATED', ticketId],
  'ticket.state.updated': ticketChanged,
  'ticket.resolved': ticketChanged,
  'ticket.closed': ticketChanged,
  'ticket.admin.replied': ticketChanged,
  'ticket.admin.replied.translated': ticketChanged,
  'ticket.contact.replied': ticketChanged,
  'ticket.note.created': ticketChanged,
  'ticket.admin.assigned': ticketChanged,
  'ticket.team.assigned': ticketChanged,
  'ticket.contact.attached': ticketChanged,
  'ticket.contact.detached': ticketChanged,
  'ticket.attribute.updated': ticketChanged,
  'ticket.rating.provided': ticketChanged,
}

const workspace: TopicTable = {
  'company.created': ['companies', 'CREATED', 'item.id'],
  'company.updated': ['companies', 'UPDATED', 'item.id'],
  'company.deleted': ['companies', 'DELETED', 'item.id'],
  'company.contact.attached': ['companies', 'UPDATED', 'item.company.id'],
  'company.contact.detached': ['companies', 'UPDATED', 'item.company.id'],
  'admin.added_to_workspace': ['admins', 'CREATED', 'item.id'],
  'admin.removed_from_workspace': ['admins', 'DELETED', 'item.id'],
  'admin.away_mode_updated': adminChanged,
  'admin.logged_in': adminChanged,
  'admin.logged_out': adminChanged,
  'admin.activity_log_event.created': ['activity_logs', 'CREATED', 'item.id'],
  'article.created': ['articles', 'CREATED', 'item.id'],
  'article.updated': articleChanged,
  'article.published': articleChanged,
  'article.unpublished': articleChanged,
  'article.deleted': ['articles', 'DELETED', 'item.id'],
}

const activity: TopicTable = {
  'event.created': ['events', 'CREATED', 'item.id'],
  'call.started': ['calls', 'CREATED', 'item.id'],
  'call.ended': ['calls', 'UPDATED', 'item.id'],
  'call.transcription_available': ['calls', 'UPDATED', 'item.id'],
  'call.recording_available': ['calls', 'UPDATED', 'item.id'],
  'content_stat.banner': contentStat,
  'content_stat.carousel': contentStat,
  'content_stat.chat': contentStat,
  'content_stat.checklist': contentStat,
  'content_stat.custom_bot': contentStat,
  'content_stat.email': contentStat,
  'content_stat.news_item': contentStat,
  'content_stat.post': contentStat,
  'content_stat.push': contentStat,
  'content_stat.series': contentStat,
  'content_stat.series.webhook': contentStat,
  'content_stat.sms': contentStat,
  'content_stat.survey': contentStat,
  'content_stat.tooltip_group': contentStat,
  'content_stat.tour': contentStat,
  'api.request.completed': ['api_requests', 'UPDATED', ['item.request_id', 'item.id']],
  'data_connector.execution.completed': ['data_connector_executions', 'UPDATED', 'item.id'],
  'job.completed': ['jobs', 'UPDATED', 'item.id'],
  'procedure.hitl_notification.created': ['procedure_hitl_notifications', 'CREATED', 'item.id'],
}

const library: TopicTable = {
  'content_snippet.created': ['content_snippets', 'CREATED', 'item.id'],
  'content_snippet.updated': ['content_snippets', 'UPDATED', 'item.id'],
  'content_snippet.deleted': ['content_snippets', 'DELETED', 'item.id'],
  'content_import_source.created': ['content_import_sources', 'CREATED', 'item.id'],
  'content_import_source.updated': ['content_import_sources', 'UPDATED', 'item.id'],
  'content_import_source.deleted': ['content_import_sources', 'DELETED', 'item.id'],
  'audience.created': ['audiences', 'CREATED', ['item.id', 'item.audience_id']],
  'audience.updated': ['audiences', 'UPDATED', ['item.id', 'item.audience_id']],
  'audience.deleted': ['audiences', 'DELETED', ['item.id', 'item.audience_id']],
}

/** Topic → what changed, how, and where its id is (Intercom's webhook topics, current and of API 1.x). */
export const topics: TopicTable = {
  ...conversations,
  ...contacts,
  ...legacyContacts,
  ...tickets,
  ...workspace,
  ...activity,
  ...library,
}

/** Topics that Intercom adds after this was written. */
export const otherTopics: OtherTopics = {
  type: 'item.type',
  types: {
    conversation: 'conversations',
    contact: 'contacts',
    user: 'contacts',
    lead: 'contacts',
    visitor: 'contacts',
    company: 'companies',
    ticket: 'tickets',
    activity_log_event: 'activity_logs',
  },
  wrappers: {
    contact_tag: 'contacts',
    user_tag: 'contacts',
    contact_subscribe: 'contacts',
    contact_unsubscribe: 'contacts',
    granular_subscribe: 'contacts',
    granular_unsubscribe: 'contacts',
    ticket_ticket_part: 'tickets',
  },
  ids: [
    'item.id',
    'item.{type}.id',
    'item.contact.id',
    'item.user.id',
    'item.ticket.id',
    'item.conversation.id',
    'item.company.id',
    'item.{type}_id',
    'item.request_id',
    'item.audience_id',
  ],
  qualifiers: ['user', 'lead', 'visitor', 'admin', 'operator', 'single'],
}
