import type {
  DatesConfiguration,
  FilterDefinition,
  FilterField,
  ListingDefinition,
  ResourceDefinition,
} from '../../definition.js'

/** iContact reckons in US Eastern time and doesn't say so in its dates. */
const easternTime = 'America/New_York'

// Without a limit a page silently holds 20.
const paging = {
  paging: {
    style: 'offset',
    into: 'query',
    parameter: 'offset',
    total: 'total',
    limit: 'limit',
    // Rows move up when one before them is deleted between two pages.
    overlapRows: 20,
  },
  pageSize: { into: 'query', parameter: 'limit', default: 500, max: 500 },
} as const satisfies Partial<ListingDefinition>

function filter(fields: Record<string, FilterField>): FilterDefinition {
  return {
    into: 'query',
    operators: {
      '=': { '{field}': '{value}' },
      '>': { '{field}': '{value}', '{field}SearchType': 'gt' },
      '>=': { '{field}': '{value}', '{field}SearchType': 'gte' },
      '<': { '{field}': '{value}', '{field}SearchType': 'lt' },
      '<=': { '{field}': '{value}', '{field}SearchType': 'lte' },
      LIKE: { '{field}': '{value}' },
      IN: { '{field}': '{values}' },
    },
    between: { '{field}': '{values}', '{field}SearchType': 'bet' },
    wildcard: '*',
    // Alternatives are separated by commas, and any text is matched by its asterisks.
    reserved: [',', '*'],
    fields,
  }
}

const text: FilterField = { operators: ['=', 'LIKE', 'IN'] }
const number: FilterField = { type: 'number', operators: ['=', '>', '>=', '<', '<='] }
const date: FilterField = {
  type: 'date',
  format: "yyyy-MM-dd'T'HH:mm:ssXXX",
  timeZone: easternTime,
  // `2012-06-09 15:46:52` is all that it knows of a date.
  wallClock: true,
  operators: ['=', '>', '>=', '<', '<='],
}

function textFields(...names: string[]): Record<string, FilterField> {
  return Object.fromEntries(names.map(name => [name, text]))
}

function dated(field: string, format: string): DatesConfiguration {
  return { updatedDateField: field, updatedDateFormat: format, createdDateField: field, createdDateFormat: format }
}

const contacts: ResourceDefinition = {
  id: 'contactId',
  dates: dated('createDate', "yyyy-MM-dd' 'HH:mm:ss"),
  timeZone: easternTime,
  polledByDefault: true,
  listings: [
    {
      path: '/contacts',
      // Else contacts that are on no list are left out.
      query: { status: 'total', orderby: 'contactId:asc' },
      items: 'contacts',
      ...paging,
      filter: filter({
        ...textFields('contactId', 'email', 'prefix', 'firstName', 'lastName', 'suffix', 'street', 'street2', 'city'),
        ...textFields('state', 'postalCode', 'phone', 'fax', 'business', 'status', 'listId'),
        bounceCount: number,
        createDate: date,
      }),
      since: { field: 'createDate', orderBy: 'createDate asc' },
      orderBy: {
        fields: { createDate: 'createDate', email: 'email', firstName: 'firstName', lastName: 'lastName' },
        into: 'query',
        // A second key, so that rows of one second keep their places from page to page.
        template: { orderby: '{field}:{direction},contactId:asc' },
      },
      parameters: ['status'],
    },
  ],
  get: { path: '/contacts/{id}', item: 'contact' },
  blindSpots: ['There is no date of updates: only snapshots show changes and deletions'],
}

const messages: ResourceDefinition = {
  aliases: ['message'],
  id: 'messageId',
  dates: dated('createDate', "yyyy-MM-dd'T'HH:mm:ssXXX"),
  timeZone: easternTime,
  polledByDefault: true,
  listings: [
    {
      path: '/messages',
      // Newest first: nothing is known to filter messages by, and each comes with its whole text.
      query: { orderby: 'createDate:desc,messageId:desc' },
      items: 'messages',
      ...paging,
      pageSize: { ...paging.pageSize, default: 50 },
      order: 'createDate desc',
      filter: filter({
        ...textFields('messageId', 'campaignId', 'messageType', 'messageName', 'subject'),
        createDate: date,
      }),
    },
  ],
  get: { path: '/messages/{id}', item: 'message' },
  blindSpots: ['There is no date of updates: only snapshots show changes'],
}

const lists: ResourceDefinition = {
  id: 'listId',
  listings: [
    {
      path: '/lists',
      query: { orderby: 'listId:asc' },
      items: 'lists',
      ...paging,
      filter: filter(textFields('listId', 'name', 'publicname')),
    },
  ],
  get: { path: '/lists/{id}', item: 'list' },
  blindSpots: ['There are no dates: only snapshots show changes'],
}

const campaigns: ResourceDefinition = {
  id: 'campaignId',
  listings: [
    {
      path: '/campaigns',
      query: { orderby: 'campaignId:asc' },
      items: 'campaigns',
      ...paging,
      filter: filter(textFields('campaignId', 'name')),
    },
  ],
  get: { path: '/campaigns/{id}', item: 'campaign' },
  blindSpots: ['There are no dates: only snapshots show changes'],
}

const segments: ResourceDefinition = {
  id: 'segmentId',
  listings: [
    {
      path: '/segments',
      query: { orderby: 'segmentId:asc' },
      items: 'segments',
      ...paging,
      filter: filter(textFields('segmentId', 'name')),
    },
  ],
  get: { path: '/segments/{id}', item: 'segment' },
  blindSpots: ['There are no dates: only snapshots show changes'],
}

const subscriptions: ResourceDefinition = {
  id: 'subscriptionId',
  dates: dated('addDate', "yyyy-MM-dd'T'HH:mm:ssXXX"),
  timeZone: easternTime,
  listings: [
    {
      path: '/subscriptions',
      query: { orderby: 'listId:asc,contactId:asc' },
      items: 'subscriptions',
      ...paging,
      filter: filter(textFields('subscriptionId', 'listId', 'contactId', 'status')),
    },
  ],
  get: { path: '/subscriptions/{id}', item: 'subscription' },
  blindSpots: ['There is no date of updates: only snapshots show someone unsubscribe'],
}

/** What contacts did with a message. Without a message's id in the URL, all messages are gone through. */
function engagement(name: string, time: string): ResourceDefinition {
  return {
    description: `Per message: /messages/{messageId}/${name}`,
    id: 'contactId',
    dates: dated(time, "yyyy-MM-dd'T'HH:mm:ssXXX"),
    timeZone: easternTime,
    listings: [{ path: `/messages/{parent}/${name}`, items: name, ...paging }],
    parent: { resource: 'messages', member: 'messageId' },
    blindSpots: ['Without a message in the URL, every poll asks once per message'],
  }
}

export const resources: Record<string, ResourceDefinition> = {
  contacts,
  messages,
  lists,
  campaigns,
  segments,
  subscriptions,
  opens: engagement('opens', 'openTime'),
  clicks: engagement('clicks', 'clickTime'),
  bounces: engagement('bounces', 'bounceTime'),
  unsubscribes: engagement('unsubscribes', 'unsubscribeTime'),
}
