import type { DatesConfiguration, ListingDefinition, ResourceDefinition } from '../../definition.js'
import {
  body,
  dateToTheDay,
  dateToTheSecond,
  flag,
  listPaging,
  number,
  searchFilter,
  searchOrder,
  searchPaging,
  text,
} from './searches.js'

/** All of Intercom's REST dates are Unix seconds. */
const dates: DatesConfiguration = {
  updatedDateField: 'updated_at',
  updatedDateFormat: 'timestamp',
  updatedDateTimezone: 'GMT',
  createdDateField: 'created_at',
  createdDateFormat: 'timestamp',
  createdDateTimezone: 'GMT',
}

const contactSearch: ListingDefinition = {
  method: 'POST',
  path: '/contacts/search',
  body,
  items: 'data',
  ...searchPaging,
  filter: searchFilter({
    id: text,
    external_id: text,
    role: text,
    email: text,
    phone: text,
    name: text,
    owner_id: number,
    has_hard_bounced: flag,
    unsubscribed_from_emails: flag,
    tag_id: text,
    segment_id: text,
    company_id: text,
    created_at: dateToTheDay,
    updated_at: dateToTheDay,
    signed_up_at: dateToTheDay,
    last_seen_at: dateToTheDay,
    last_contacted_at: dateToTheDay,
    last_replied_at: dateToTheDay,
  }),
  // Newest first: searches here are to the day, so that ascending order would read whole days at every poll.
  since: { field: 'updated_at', covers: ['created_at'], orderBy: 'updated_at desc' },
  orderBy: searchOrder('updated_at', 'created_at', 'signed_up_at', 'last_seen_at', 'name', 'email'),
}

const contacts: ResourceDefinition = {
  description: 'Users and leads',
  id: 'id',
  dates,
  // What is written shows in the search index after some minutes.
  overlapSeconds: 600,
  pollOrder: 'updated_at desc',
  listings: [{ path: '/contacts', items: 'data', ...listPaging, order: 'updated_at desc' }, contactSearch],
  get: { path: '/contacts/{id}' },
  blindSpots: [
    'Deleted and archived contacts vanish without a trace: only snapshots show it',
    'Of two that are merged, one is updated and the other one vanishes',
    'New ones show after some minutes',
  ],
}

/** Contacts of one role, as API 1.x had them. */
function contactsWho(role: 'user' | 'lead'): ResourceDefinition {
  const ofRole = { query: { operator: 'AND', value: [{ field: 'role', operator: '=', value: role }] } }
  return {
    ...contacts,
    description: `Contacts who are a ${role}`,
    listings: [{ ...contactSearch, body: ofRole }],
    notifiedAs: 'contacts',
  }
}

const conversations: ResourceDefinition = {
  id: 'id',
  dates,
  polledByDefault: true,
  pollOrder: 'updated_at desc',
  listings: [
    { path: '/conversations', items: 'conversations', ...listPaging, order: 'updated_at desc' },
    {
      method: 'POST',
      path: '/conversations/search',
      body,
      items: 'conversations',
      ...searchPaging,
      filter: searchFilter({
        id: text,
        state: text,
        open: flag,
        read: flag,
        priority: text,
        'source.type': text,
        'source.author.email': text,
        contact_ids: text,
        teammate_ids: text,
        admin_assignee_id: text,
        team_assignee_id: text,
        tag_ids: text,
        created_at: dateToTheSecond,
        updated_at: dateToTheSecond,
        waiting_since: dateToTheSecond,
        snoozed_until: dateToTheSecond,
        'statistics.last_contact_reply_at': dateToTheSecond,
        'statistics.last_admin_reply_at': dateToTheSecond,
        'statistics.last_close_at': dateToTheSecond,
      }),
      since: { field: 'updated_at', covers: ['created_at'], orderBy: 'updated_at asc' },
      orderBy: searchOrder('updated_at', 'created_at', 'id'),
    },
  ],
  get: { path: '/conversations/{id}' },
  deletions: {
    path: '/conversations/deleted',
    query: { order: 'desc' },
    items: 'conversations',
    id: 'id',
    date: 'deleted_at',
    paging: { style: 'next-url', next: 'pages.next' },
    pageSize: { into: 'query', parameter: 'per_page', default: 60, max: 60 },
    order: 'newest-first',
  },
  blindSpots: ['Conversation parts are only in a single conversation (500 at most), not in listings'],
}

const tickets: ResourceDefinition = {
  id: 'id',
  dates,
  pollOrder: 'updated_at desc',
  listings: [
    {
      method: 'POST',
      path: '/tickets/search',
      body,
      items: 'tickets',
      ...searchPaging,
      filter: searchFilter({
        id: text,
        ticket_id: text,
        title: text,
        state: text,
        open: flag,
        category: text,
        ticket_type_id: text,
        contact_ids: text,
        admin_assignee_id: text,
        team_assignee_id: text,
        created_at: dateToTheSecond,
        updated_at: dateToTheSecond,
      }),
      since: { field: 'updated_at', covers: ['created_at'], orderBy: 'updated_at asc' },
      orderBy: searchOrder('updated_at', 'created_at', 'id'),
    },
  ],
  get: { path: '/tickets/{id}' },
  blindSpots: ['Deleted tickets vanish without a trace'],
}

const companies: ResourceDefinition = {
  id: 'id',
  dates,
  listings: [
    {
      method: 'POST',
      path: '/companies/list',
      items: 'data',
      paging: { style: 'page', pages: 'pages.total_pages', into: 'query', parameter: 'page' },
      pageSize: { into: 'query', parameter: 'per_page', default: 60, max: 60 },
      total: 'total_count',
      mostRecords: 10_000,
      order: 'last_request_at desc',
    },
    {
      // It has no such end, but whoever else scrolls through this workspace is in its way.
      path: '/companies/scroll',
      items: 'data',
      paging: { style: 'scroll', next: 'scroll_param', total: 'total_count', into: 'query', parameter: 'scroll_param' },
    },
  ],
  get: { path: '/companies/{id}' },
  blindSpots: [
    'Companies without users are left out',
    'There is no filter by date: every poll reads all of them',
    'From 10,000 on they are scrolled through, which one client of a workspace can do at a time; others wait a minute',
  ],
}

const admins: ResourceDefinition = {
  id: 'id',
  listings: [{ path: '/admins', items: 'admins', paging: { style: 'none' } }],
  get: { path: '/admins/{id}' },
  blindSpots: ['There are no dates: only snapshots show changes'],
}

const teams: ResourceDefinition = {
  id: 'id',
  listings: [{ path: '/teams', items: 'teams', paging: { style: 'none' } }],
  get: { path: '/teams/{id}' },
  blindSpots: ['There are no dates: only snapshots show changes'],
}

const tags: ResourceDefinition = {
  id: 'id',
  listings: [{ path: '/tags', items: 'data', paging: { style: 'none' } }],
  get: { path: '/tags/{id}' },
  blindSpots: ['There are no dates: only snapshots show changes'],
}

const segments: ResourceDefinition = {
  id: 'id',
  dates,
  listings: [{ path: '/segments', items: 'segments', paging: { style: 'none' } }],
  get: { path: '/segments/{id}' },
}

const articles: ResourceDefinition = {
  id: 'id',
  dates,
  pollOrder: 'updated_at desc',
  listings: [
    {
      path: '/articles',
      items: 'data',
      paging: { style: 'page', pages: 'pages.total_pages', into: 'query', parameter: 'page' },
      pageSize: { into: 'query', parameter: 'per_page', default: 50, max: 50 },
      total: 'total_count',
      order: 'updated_at desc',
    },
  ],
  get: { path: '/articles/{id}' },
}

const dataAttributes: ResourceDefinition = {
  description: 'Attributes of contacts, companies and conversations',
  // Only custom attributes have an id of their own. Contacts, companies and conversations can have one of the same name.
  id: 'full_name',
  idPrefix: 'model',
  listings: [{ path: '/data_attributes', items: 'data', paging: { style: 'none' } }],
  blindSpots: ['Only custom attributes have dates: take snapshots to see the others change'],
}

const activityLogs: ResourceDefinition = {
  description: 'What admins did',
  id: 'id',
  dates: {
    updatedDateField: 'created_at',
    updatedDateFormat: 'timestamp',
    updatedDateTimezone: 'GMT',
    createdDateField: 'created_at',
    createdDateFormat: 'timestamp',
    createdDateTimezone: 'GMT',
  },
  listings: [
    {
      path: '/admins/activity_logs',
      items: 'activity_logs',
      paging: { style: 'next-url', next: 'pages.next' },
      filter: {
        into: 'query',
        operators: { '>': { '{field}_after': '{value}' }, '<': { '{field}_before': '{value}' } },
        fields: { created_at: dateToTheSecond },
        matchAll: { created_at_after: 0 },
      },
      since: { field: 'created_at' },
    },
  ],
}

export const resources: Record<string, ResourceDefinition> = {
  contacts,
  users: contactsWho('user'),
  leads: contactsWho('lead'),
  conversations,
  companies,
  tickets,
  admins,
  teams,
  tags,
  segments,
  articles,
  data_attributes: dataAttributes,
  activity_logs: activityLogs,
}
