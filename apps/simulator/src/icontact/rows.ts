/** A row as iContact sends it: every value a string or null, ids and numbers included. */
export type Row = Record<string, string | null>

/** The kinds of rows a client folder holds. */
export const COLLECTIONS = ['contacts', 'lists', 'messages', 'campaigns', 'subscriptions', 'segments'] as const
export type CollectionName = (typeof COLLECTIONS)[number]

/** What is known of a collection: its id, its fields in order, and how dates are written. */
export interface CollectionShape {
  id: string
  singular: string
  fields: readonly string[]
  date?: { field: string; style: 'zone-less' | 'offset' }
}

const WELCOME = ['welcomeOnManualAdd', 'welcomeOnSignupAdd', 'welcomeMessageId']

export const SHAPES: Readonly<Record<CollectionName, CollectionShape>> = {
  contacts: {
    id: 'contactId',
    singular: 'contact',
    fields: [
      ...['email', 'firstName', 'lastName', 'prefix', 'suffix', 'fax', 'phone', 'street', 'street2', 'city', 'state'],
      ...['postalCode', 'createDate', 'status', 'bounceCount', 'contactId'],
    ],
    date: { field: 'createDate', style: 'zone-less' },
  },
  lists: {
    id: 'listId',
    singular: 'list',
    // `publicname` is written so.
    fields: ['listId', 'name', 'publicname', 'description', 'emailOwnerOnChange', ...WELCOME],
  },
  messages: {
    id: 'messageId',
    singular: 'message',
    fields: [
      ...['messageId', 'campaignId', 'messageType', 'messageName', 'subject', 'htmlBody', 'textBody', 'createDate'],
      'spamCheck',
    ],
    date: { field: 'createDate', style: 'offset' },
  },
  campaigns: {
    id: 'campaignId',
    singular: 'campaign',
    fields: [
      ...['campaignId', 'name', 'fromName', 'fromEmail', 'forwardToFriend', 'subscriptionManagement', 'clickTrackMode'],
      ...['useAccountAddress', 'archiveByDefault', 'description'],
    ],
  },
  subscriptions: {
    id: 'subscriptionId',
    singular: 'subscription',
    fields: ['subscriptionId', 'listId', 'contactId', 'status', 'addDate', 'confirmationMessageId'],
    date: { field: 'addDate', style: 'offset' },
  },
  segments: { id: 'segmentId', singular: 'segment', fields: ['segmentId', 'name', 'listId', 'description'] },
}

/** Whether `name` is a collection of a client folder. */
export function isCollection(name: string): name is CollectionName {
  return (COLLECTIONS as readonly string[]).includes(name)
}
