import { contact, conversation, model, part, shown, ticket } from '../../../test/intercom-notifications.js'
import { topics } from './topics.js'

const U = 'UPDATED'
const C = 'CREATED'
const D = 'DELETED'

/** Topic, item as captured, events. */
const rows: [topic: string, item: object, ...events: string[]][] = [
  ['conversation.user.created', conversation, `${C} conversations 215472621202693`],
  ['conversation.admin.single.created', conversation, `${C} conversations 215472621202693`],
  ...[
    'conversation.user.replied',
    'conversation.admin.replied',
    'conversation.admin.replied.translated',
    'conversation.operator.replied',
    'conversation.admin.assigned',
    'conversation.admin.open.assigned',
    'conversation.admin.noted',
    'conversation.admin.closed',
    'conversation.admin.opened',
    'conversation.admin.snoozed',
    'conversation.admin.unsnoozed',
    'conversation.read',
    'conversation.priority.updated',
    'conversation.rating.added',
    'conversation.company.updated',
    'conversation_part.tag.created',
    'conversation_part.redacted',
  ].map((topic): [string, object, string] => [topic, conversation, `${U} conversations 215472621202693`]),
  ['conversation_part.tag.created', { conversation, tag: { id: '7' } }, `${U} conversations 215472621202693`],
  ['conversation.contact.attached', { conversation: model, contact: { id: 77 } }, `${U} conversations 1886`],
  ['conversation.contact.detached', { conversation: model, contact: { id: 77 } }, `${U} conversations 1886`],
  ['conversation.deleted', { type: 'conversation', conversation_id: '456' }, `${D} conversations 456`],

  ['contact.user.created', contact, `${C} contacts 64db`],
  ['contact.lead.created', contact, `${C} contacts 64db`],
  ...[
    'contact.user.updated',
    'contact.lead.updated',
    'contact.lead.added_email',
    'contact.email.updated',
    'contact.lead.signed_up',
    'contact.unarchived',
    'contact.unarchive',
    'contact.signed_up',
    'contact.added_email',
  ].map((topic): [string, object, string] => [topic, contact, `${U} contacts 64db`]),
  ...[
    'contact.lead.tag.created',
    'contact.lead.tag.deleted',
    'contact.user.tag.created',
    'contact.user.tag.deleted',
  ].map((topic): [string, object, string] => [
    topic,
    { type: 'contact_tag', tag: { type: 'tag', id: '7', name: 'VIP' }, contact },
    `${U} contacts 64db`,
  ]),
  ['contact.tag.created', { type: 'contact_tag', created_at: 1, tag: { id: '7' }, contact }, `${U} contacts 64db`],
  ['contact.tag.deleted', { type: 'contact_tag', created_at: 1, tag: { id: '7' }, contact }, `${U} contacts 64db`],
  ['user.tag.created', { type: 'user_tag', created_at: 1, tag: { id: '7' }, user: { id: '53' } }, `${U} contacts 53`],
  ['user.tag.deleted', { type: 'user_tag', created_at: 1, tag: { id: '7' }, user: { id: '53' } }, `${U} contacts 53`],
  ['contact.subscribed', { type: 'contact_subscribe', contact, created_at: 1 }, `${U} contacts 64db`],
  ['contact.unsubscribed', { type: 'contact_unsubscribe', contact, created_at: 1 }, `${U} contacts 64db`],
  ['granular.subscribe', { type: 'granular_subscribe', contact, subscription_types: {} }, `${U} contacts 64db`],
  ['granular.unsubscribe', { type: 'granular_unsubscribe', contact, subscription_types: {} }, `${U} contacts 64db`],
  ['contact.archived', { id: '65f7', external_id: null, type: 'contact', archived: true }, `${U} contacts 65f7`],
  ['contact.archive', { id: '65f7', external_id: null, type: 'contact', archived: true }, `${U} contacts 65f7`],
  ['contact.deleted', { id: '65f642', type: 'contact', deleted: true }, `${D} contacts 65f642`],
  ['contact.merged', contact, `${U} contacts 64db`],
  [
    'contact.merged',
    { ...contact, merged_from: { type: 'contact', id: '64aa' } },
    `${U} contacts 64db`,
    `${D} contacts 64aa`,
  ],
  ['visitor.signed_up', { type: 'visitor', id: '5310' }, `${U} contacts 5310`],
  ['user.created', { type: 'user', id: '5310' }, `${C} contacts 5310`],
  ['contact.created', { type: 'contact', id: '5310' }, `${C} contacts 5310`],
  ['user.deleted', { type: 'user', id: '5310', user_id: '9', email: 'a@b.c' }, `${D} contacts 5310`],
  ['user.unsubscribed', { type: 'user', id: '5310' }, `${U} contacts 5310`],
  ['user.email.updated', { type: 'user', id: '5310' }, `${U} contacts 5310`],

  ['company.created', { type: 'company', id: '6961' }, `${C} companies 6961`],
  ['company.updated', { type: 'company', id: '6961' }, `${U} companies 6961`],
  ['company.deleted', { id: '6961', type: 'company', deleted: true }, `${D} companies 6961`],
  ['company.contact.attached', { company: { id: '6961' }, contact: { id: '64db' } }, `${U} companies 6961`],
  ['company.contact.detached', { company: { id: '6961' }, contact: { id: '64db' } }, `${U} companies 6961`],

  ['ticket.created', ticket, `${C} tickets 9876543210`],
  ['ticket.state.updated', ticket, `${U} tickets 9876543210`],
  ['ticket.resolved', ticket, `${U} tickets 9876543210`],
  ['ticket.closed', ticket, `${U} tickets 9876543210`],
  ['ticket.closed', { ticket }, `${U} tickets 9876543210`],
  ...['ticket.admin.replied', 'ticket.admin.replied.translated', 'ticket.contact.replied', 'ticket.note.created'].map(
    (topic): [string, object, string] => [topic, part, `${U} tickets 9876543210`],
  ),
  ...['ticket.admin.assigned', 'ticket.team.assigned', 'ticket.attribute.updated', 'ticket.rating.provided'].flatMap(
    (topic): [string, object, string][] => [
      [topic, ticket, `${U} tickets 9876543210`],
      [topic, { ticket }, `${U} tickets 9876543210`],
    ],
  ),
  ['ticket.contact.attached', { ticket: { id: 9876543210 }, contact: { id: '64db' } }, `${U} tickets 9876543210`],
  ['ticket.contact.detached', { ticket: { id: 9876543210 }, contact: { id: '64db' } }, `${U} tickets 9876543210`],

  ['admin.added_to_workspace', { type: 'admin', id: 9608799 }, `${C} admins 9608799`],
  ['admin.removed_from_workspace', { type: 'admin', id: 9608799 }, `${D} admins 9608799`],
  ['admin.away_mode_updated', { type: 'admin', id: 9608799 }, `${U} admins 9608799`],
  ['admin.logged_in', { type: 'admin', id: 9608799 }, `${U} admins 9608799`],
  ['admin.logged_out', { type: 'admin', id: 9608799 }, `${U} admins 9608799`],
  ['admin.activity_log_event.created', { type: 'activity_log_event', id: 'fca0' }, `${C} activity_logs fca0`],
  ['article.created', { type: 'article', id: '86' }, `${C} articles 86`],
  ['article.updated', { type: 'article', id: '86' }, `${U} articles 86`],
  ['article.published', { type: 'article', id: '86' }, `${U} articles 86`],
  ['article.unpublished', { type: 'article', id: '86' }, `${U} articles 86`],
  ['article.deleted', { type: 'article', id: '86' }, `${D} articles 86`],

  ['event.created', { type: 'event', event_name: 'bought', id: 'b3f0' }, `${C} events b3f0`],
  ['call.started', { type: 'call', id: '31' }, `${C} calls 31`],
  ['call.ended', { type: 'call', id: '31' }, `${U} calls 31`],
  ['call.transcription_available', { type: 'call', id: '31' }, `${U} calls 31`],
  ['call.recording_available', { type: 'call', id: '31' }, `${U} calls 31`],
  ...Object.keys(topics)
    .filter(topic => topic.startsWith('content_stat.'))
    .map((topic): [string, object, string] => [
      topic,
      { type: topic, created_at: '2022-10-11T15:01:07.000Z', content_stat: { id: '88', stat_type: 'open' }, contact },
      `${C} content_stats 88`,
    ]),
  ['api.request.completed', { type: 'api_request', request_id: 'r-1' }, `${U} api_requests r-1`],
  ['data_connector.execution.completed', { id: 'x1' }, `${U} data_connector_executions x1`],
  ['job.completed', { type: 'job', id: 'j1' }, `${U} jobs j1`],
  ['procedure.hitl_notification.created', { id: 'h1' }, `${C} procedure_hitl_notifications h1`],
  ...['content_snippet', 'content_import_source', 'audience'].flatMap((type): [string, object, string][] => [
    [`${type}.created`, { type, id: '5' }, `${C} ${type}s 5`],
    [`${type}.updated`, { type, id: '5' }, `${U} ${type}s 5`],
    [`${type}.deleted`, { type, id: '5' }, `${D} ${type}s 5`],
  ]),
]

test.each(rows)('%s %j', (topic, item, ...events) => {
  expect(shown(topic, item)).toEqual(events)
})

test('no topic of the table is without a test', () => {
  expect(Object.keys(topics).filter(topic => !rows.some(([tested]) => tested === topic))).toEqual([])
})

describe('a topic outside the table is judged by its item and its last word', () => {
  test.each([
    ['conversation.closed', conversation, `${U} conversations 215472621202693`],
    ['conversation.part.created', conversation, `${U} conversations 215472621202693`],
    ['conversation.admin.created', conversation, `${C} conversations 215472621202693`],
    ['contact.visitor.created', contact, `${C} contacts 64db`],
    ['contact.visitor.deleted', contact, `${D} contacts 64db`],
    ['contact.note.deleted', contact, `${U} contacts 64db`],
    ['lead.created', contact, `${C} contacts 64db`],
    ['ticket.note.deleted', part, `${U} tickets 9876543210`],
    ['contact.visitor.tag.created', { type: 'contact_tag', tag: { id: '7' }, contact }, `${U} contacts 64db`],
    ['news_item.created', { type: 'news_item', id: '9' }, `${C} news_items 9`],
    ['survey.deleted', { type: 'survey', id: '9' }, `${D} surveys 9`],
    ['category.deleted', { type: 'category', category_id: '9' }, `${D} categories 9`],
    ['status.updated', { id: 9 }, `${U} status 9`],
    ['audience_membership.created', { type: 'audience_membership', audience_id: '9' }, `${C} audience_memberships 9`],
    ['contact_tag.created', { type: 'contact_tag', tag: { id: '7' }, contact }, `${U} contacts 64db`],
  ])('%s %j', (topic, item, event) => {
    expect(shown(topic, item)).toEqual([event])
  })

  test('and without anything to call it by it is UNKNOWN, under the notification’s id', () => {
    expect(shown('moon.landed', { type: 'moon' })).toEqual(['UNKNOWN moons notif_9cc0ef6e-3dfd-47a9-a715-be6cf19a273a'])
    expect(shown('moon.landed', { type: {} }, { id: null })).toEqual(['UNKNOWN moons unknown'])
  })
})
