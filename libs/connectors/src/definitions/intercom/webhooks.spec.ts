import { createHmac } from 'node:crypto'
import { connector, contact, conversation, envelope, normalize, shown } from '../../../test/intercom-notifications.js'
import type { WebhookReading } from '../../index.js'

test.each([[{ type: 'contact' }], [{ id: null }], [{ id: {} }], [{ id: '' }]])(
  'a known topic whose item has no id (%j) is UNKNOWN, not lost',
  item => {
    const [event, ...others] = normalize(envelope('contact.user.updated', item))
    expect(others).toEqual([])
    expect(event).toMatchObject({ eventType: 'UNKNOWN', objectType: 'contacts', origin: envelope('', 0).id })
  },
)

test('a whole event', () => {
  const body = envelope('conversation.user.replied', conversation)
  expect(normalize(body)).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
      instanceId: 410,
      instanceName: 'API & Instance',
      instanceTags: ['Marketing'],
      accountId: 1,
      companyId: 2,
      userId: 3,
      elementKey: 'intercom',
      hubKey: 'marketing',
      objectType: 'conversations',
      objectId: '215472621202693',
      eventType: 'UPDATED',
      date: '2026-01-10T08:20:04.000Z',
      source: 'webhook',
      origin: 'notif_9cc0ef6e-3dfd-47a9-a715-be6cf19a273a',
      raw: JSON.stringify(body),
    },
  ])
})

describe('the date of an event', () => {
  const created = '2023-08-15T20:29:48.000Z'
  test.each([
    ['the item’s update', 'contact.user.updated', contact, '2023-08-15T18:49:35.016Z'],
    ['in seconds', 'conversation.read', conversation, '2026-01-10T08:20:04.000Z'],
    ['in milliseconds', 'conversation.read', { id: '1', updated_at: 1768033204123 }, '2026-01-10T08:20:04.123Z'],
    ['as a numeric text', 'conversation.read', { id: '1', updated_at: '1768033204' }, '2026-01-10T08:20:04.000Z'],
    [
      'with an offset',
      'contact.user.updated',
      { id: '1', updated_at: '2023-08-15T14:49:35-0400' },
      '2023-08-15T18:49:35.000Z',
    ],
    [
      'the wrapper’s creation',
      'user.tag.created',
      { created_at: 1692131000, user: { id: '1' } },
      '2023-08-15T20:23:20.000Z',
    ],
    ['a created item’s creation', 'event.created', { id: '1', created_at: 1692131000 }, '2023-08-15T20:23:20.000Z'],
    ['not an updated item’s creation', 'contact.email.updated', { id: '1', created_at: 1692131000 }, created],
    ['the envelope’s where the item has none', 'admin.logged_in', { id: 1 }, created],
    ['the envelope’s where the item’s can’t be read', 'conversation.read', { id: '1', updated_at: 'soon' }, created],
    ['the envelope’s where the item’s is no date at all', 'conversation.read', { id: '1', updated_at: {} }, created],
    [
      'always the envelope’s of a deletion',
      'article.deleted',
      { id: '1', updated_at: '2020-01-01T00:00:00Z' },
      created,
    ],
  ])('is %s', (_, topic, item, date) => {
    expect(normalize(envelope(topic, item))[0]?.date).toBe(date)
  })

  test('is the time of receipt where nothing says it', () => {
    const body = envelope('admin.logged_in', { id: 1 }, { created_at: null })
    expect(normalize(body)[0]?.date).toBe('2026-03-10T12:00:00.000Z')
  })
})

describe('the id of an event', () => {
  const id = (body: object) => normalize(body).map(event => event.id)
  const retry = { delivery_status: 'retry', delivery_attempts: 2 }

  test('is the same in a retry, whose body differs', () => {
    expect(id(envelope('conversation.read', conversation, retry))).toEqual(
      id(envelope('conversation.read', conversation)),
    )
  })

  test('is the same in a retry of a notification without an id', () => {
    const nameless = envelope('conversation.read', conversation, { id: null, delivery_status: null })
    expect(id({ ...nameless, ...retry })).toEqual(id(nameless))
  })

  test('differs between notifications without an id of another topic, time or content', () => {
    const all = [
      envelope('conversation.read', conversation, { id: null }),
      envelope('conversation.user.replied', conversation, { id: null }),
      envelope('conversation.read', conversation, { id: null, created_at: 1692131389 }),
      envelope('conversation.read', { ...conversation, read: true }, { id: null }),
      envelope('conversation.read', conversation, { id: null, app_id: 'other' }),
      envelope('conversation.read', conversation),
    ].flatMap(id)
    expect(new Set(all).size).toBe(all.length)
  })

  test('is made up where nothing tells two changes apart', () => {
    const body = envelope('conversation.read', conversation, { id: null, created_at: null })
    expect(id(body)).not.toEqual(id(body))
  })

  test('differs between the events of one notification', () => {
    const merged = envelope('contact.merged', { ...contact, merged_from: { id: contact.id } })
    expect(new Set(id(merged)).size).toBe(2)
  })

  test('differs between the two notifications of one action, which have the same part', () => {
    const reply = envelope('conversation.admin.replied', conversation, { id: 'notif_1' })
    const assignment = envelope('conversation.admin.assigned', conversation, { id: 'notif_2' })
    expect(id(reply)).not.toEqual(id(assignment))
  })
})

describe('reading', () => {
  const ping =
    '{"type":"notification_event","app_id":"q8sn4hth","data":{"type":"notification_event_data","item":{"type":"ping","message":"something something interzen"}},"links":{},"id":null,"topic":"ping","delivery_status":null,"delivery_attempts":1,"delivered_at":0,"first_sent_at":1513466985,"created_at":1513466985,"self":null}'

  test('a ping wants an answer and is no event', () => {
    expect(connector.read(JSON.parse(ping))).toEqual({ kind: 'handshake', body: '' })
  })

  test('a notification names its workspace, which can be absent', () => {
    expect(connector.read(envelope('conversation.read', conversation))).toMatchObject({
      kind: 'notification',
      workspace: 'vne310wv',
      topic: 'conversation.read',
    })
    const { app_id: _, ...without } = envelope('conversation.read', conversation)
    expect(connector.read(without)).toMatchObject({ kind: 'notification', workspace: null })
  })

  test('data.type may be missing, as in the vendor’s samples', () => {
    expect(connector.read({ topic: 'contact.deleted', data: { item: { id: '1' } } }).kind).toBe('notification')
  })

  test.each([
    [null, 'expected a JSON object'],
    ['text', 'expected a JSON object'],
    [[], 'expected a JSON object'],
    [{}, 'expected a topic at "topic"'],
    [{ topic: {} }, 'expected a topic at "topic"'],
    [{ topic: 'contact.deleted' }, 'expected an object at "data.item"'],
    [{ topic: 'contact.deleted', data: null }, 'expected an object at "data.item"'],
    [{ topic: 'contact.deleted', data: { item: 'x' } }, 'expected an object at "data.item"'],
  ])('%j is no notification', (body, why) => {
    const reading: WebhookReading = { kind: 'unreadable', why }
    expect(connector.read(body)).toEqual(reading)
  })

  test('names of prototypes are no topics', () => {
    for (const topic of ['__proto__', 'constructor', 'toString'])
      expect(shown(topic, { id: '1', type: 'contact' })).toEqual(['UPDATED contacts 1'])
  })

  describe('verified', () => {
    const configuration = { 'oauth.api.secret': 'test-client-secret' }
    const rawBody = Buffer.from(ping)
    const signature = 'sha1=a3ec8a0aa92d01019d32b67c34ccd27ae4971e9b'

    test('by the client secret, over the raw bytes', () => {
      expect(connector.verifiesBy(configuration)).toBe(true)
      expect(connector.verify({ rawBody, headers: { 'x-hub-signature': signature }, configuration })).toBe(true)
      const spaced = Buffer.from(JSON.stringify(JSON.parse(ping), null, 1))
      expect(connector.verify({ rawBody: spaced, headers: { 'x-hub-signature': signature }, configuration })).toBe(
        false,
      )
    })

    test('by the instance’s own key where it has one, and then by no other', () => {
      const own = { ...configuration, 'event.vendor.signature.key': 'webhook_secret' }
      const body = Buffer.from('{"data": "asdfghujkl"}')
      const known = 'sha1=5e3cd5fa9b48a657997505f4968f46291081fa57'
      expect(connector.verify({ rawBody: body, headers: { 'x-hub-signature': known }, configuration: own })).toBe(true)
      expect(connector.verify({ rawBody, headers: { 'x-hub-signature': signature }, configuration: own })).toBe(false)
    })

    test('never by nothing', () => {
      const nothings: Record<string, string | null>[] = [{}, { 'oauth.api.secret': null }, { 'oauth.api.secret': '' }]
      for (const nothing of nothings) {
        expect(connector.verifiesBy(nothing)).toBe(false)
        const empty = `sha1=${createHmac('sha1', '').update(rawBody).digest('hex')}`
        expect(connector.verify({ rawBody, headers: { 'x-hub-signature': empty }, configuration: nothing })).toBe(false)
      }
    })

    test.each([
      [undefined],
      [''],
      ['sha1='],
      [signature.slice(5)],
      [signature.toUpperCase()],
      [`${signature}0`],
      ['sha1=é'],
      [[signature, signature]],
    ])('and %j is refused without an exception', header => {
      expect(connector.verify({ rawBody, headers: { 'x-hub-signature': header }, configuration })).toBe(false)
    })
  })
})
