import {
  connector,
  contact,
  conversation,
  envelope,
  normalize,
  part,
  ticket,
} from '../../../test/intercom-notifications.js'

const polledConversation = { ...conversation, created_at: 1768031789, updated_at: 1768033204 }

test('a polled record is named and dated as its webhooks are, whatever it is read by', () => {
  const [event] = normalize(envelope('conversation.user.replied', conversation))
  const { date, ...named } = connector.asNotified('conversations', polledConversation)
  expect(named).toEqual({ objectType: event?.objectType, objectId: event?.objectId })
  expect(new Date(date ?? NaN).toISOString()).toBe(event?.date)
})

test('a record without a date of change is dated by its creation, as a webhook that tells of it is', () => {
  const log = { id: 'a1', created_at: 1692131000 }
  expect(connector.asNotified('activity_logs', log).date).toBe(1_692_131_000_000)
  expect(connector.asNotified('admins', { id: '1' }).date).toBeNull()
})

test('users and leads are contacts to webhooks', () => {
  expect(connector.asNotified('users', { id: '64db' })).toMatchObject({ objectType: 'contacts', objectId: '64db' })
  expect(connector.asNotified('leads', { id: '64db' })).toMatchObject({ objectType: 'contacts' })
})

test('what no definition knows keeps its name', () => {
  expect(connector.asNotified('mine', { id: '1' })).toEqual({ objectType: 'mine', objectId: null, date: null })
})

describe('an object within another one', () => {
  const seconds = (topic: string, item: object) => {
    const body = envelope(topic, item)
    const [event] = normalize(body)
    return connector
      .wrappedDates(body, event?.objectType ?? '', event?.objectId ?? '')
      .map(ms => Math.floor(ms / 1_000))
  }

  test('has its own date beside the occasion’s', () => {
    expect(seconds('ticket.contact.replied', part)).toEqual([ticket.updated_at])
    const tagged = { type: 'contact_tag', tag: { id: '1', name: 'a' }, contact }
    expect(seconds('contact.user.tag.created', tagged)).toEqual([Date.parse('2023-08-15T18:49:35Z') / 1_000])
  })

  test('is not looked for where the item is the object itself', () => {
    expect(seconds('conversation.user.replied', conversation)).toEqual([])
  })

  test('is no other object that stands there too', () => {
    expect(connector.wrappedDates(envelope('ticket.contact.replied', part), 'tickets', '1')).toEqual([])
    expect(connector.wrappedDates('{}', 'tickets', '1')).toEqual([])
  })
})
