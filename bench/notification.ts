import { createHmac } from 'node:crypto'

/** The key that both subjects verify notifications with. */
export const vendorKey = 'bench-vendor-key'

/** What the sink looks for in a callback, whatever envelope it stands in. */
export const marks = { id: '"peer_uid":"', sent: '"peer_ns":' }

// A conversation as Intercom sends it, 1.3 kB; every id is its own, so that records spread over all partitions.
const template = JSON.stringify({
  ...{ type: 'notification_event', app_id: 'ab12cd34', id: 'notif_@ID@', topic: 'conversation.user.created' },
  ...{ delivery_status: 'pending', delivery_attempts: 1, delivered_at: 0, first_sent_at: 1795222000 },
  ...{ created_at: 1795222000, self: null, links: {}, peer_uid: '@ID@', peer_ns: '@NS@' },
  data: {
    type: 'notification_event_data',
    item: {
      ...{ type: 'conversation', id: '@ID@', created_at: 1795221990, updated_at: 1795222000, snoozed_until: null },
      ...{ open: true, state: 'open', read: false, priority: 'not_priority', admin_assignee_id: 814860 },
      source: {
        ...{ type: 'conversation', id: '403918251', delivered_as: 'customer_initiated', subject: '' },
        body: '<p>Hi there, I was charged twice for my subscription this month and would like one of the payments refunded, please. Thank you!</p>',
        author: { type: 'user', id: '5bc8f7ae2d96695c18a', name: 'Maya Okonkwo', email: 'maya.okonkwo@example.com' },
        ...{ attachments: [], url: 'https://app.example.com/billing/invoices', redacted: false },
      },
      contacts: { type: 'contact.list', contacts: [{ type: 'contact', id: '6762f0dd1bb69f9f2193bb83' }] },
      tags: { type: 'tag.list', tags: [{ type: 'tag', id: '17513', name: 'billing' }] },
      custom_attributes: { order_id: 'A-1009', plan: 'growth' },
      ...{ team_assignee_id: 5017691, statistics: null, linked_objects: { type: 'list', data: [], total_count: 0 } },
    },
  },
})

/** A notification with this id, stamped with the machine's monotonic clock in nanoseconds. */
export function notification(id: string): { body: string; headers: Record<string, string> } {
  const body = template.replaceAll('@ID@', id).replace('"@NS@"', String(process.hrtime.bigint()))
  const signature = createHmac('sha1', vendorKey).update(body).digest('hex')
  return { body, headers: { 'content-type': 'application/json', 'x-hub-signature': `sha1=${signature}` } }
}
