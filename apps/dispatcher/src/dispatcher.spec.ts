import { verifyElements, verifyStandardWebhook } from '#signing'
import { testDatabase, type TestDatabase } from '#test'
import { startDispatcher, TestTargets, type TestDispatcher } from './testing/dispatcher.js'
import { anEvent } from './testing/events.js'
import { startReceiver, type Receiver } from './testing/receiver.js'

describe('the dispatcher', () => {
  let db: TestDatabase
  let targets: TestTargets
  let dispatcher: TestDispatcher
  let receiver: Receiver

  beforeAll(async () => {
    db = await testDatabase()
    targets = new TestTargets()
    dispatcher = await startDispatcher(db.pool, targets)
  })
  afterAll(async () => {
    await dispatcher.stop()
    await db.drop()
  })
  beforeEach(async () => {
    receiver = await startReceiver()
  })
  afterEach(() => receiver.close())

  test('an event becomes one signed callback, and nothing is left to deliver', async () => {
    targets.to(1, receiver.url, {
      'event.notification.signature.key': 'MySecretEventSignatureKey',
      'event.notification.basic.username': 'user',
      'event.notification.basic.password': 'pass:word',
      'event.notification.callback.headers': 'X-Tenant: blue\nElements-Webhook-Id: forged',
    })
    const event = anEvent()
    expect(await dispatcher.take(event)).toEqual({ kind: 'done' })
    const [callback] = await receiver.count(1)
    const { headers, body } = callback!
    const envelope = JSON.parse(body) as { id: string; message: unknown }
    expect(envelope.message).toMatchObject({ instanceId: 1, eventId: event.id, events: [{ objectId: event.objectId }] })
    expect(body).toContain(`"raw":${event.raw}`)
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'elements-webhook-id': envelope.id,
      'webhook-id': envelope.id,
      'x-tenant': 'blue',
      authorization: `Basic ${Buffer.from('user:pass:word').toString('base64')}`,
    })
    expect(verifyElements(headers['elements-webhook-signature'], body, 'MySecretEventSignatureKey')).toBe(true)
    expect(verifyStandardWebhook({ headers, body, keys: ['MySecretEventSignatureKey'] })).toBe(true)
    await until(async () => {
      expect((await dispatcher.deliveries.eventById(event.id))?.status).toBe('delivered')
      expect((await db.pool.query('select 1 from delivery')).rowCount).toBe(0)
    })
    expect(await dispatcher.deliveries.attempts(envelope.id)).toMatchObject([
      { number: 1, outcome: 'delivered', status: 200 },
    ])
  })
})

async function until(check: () => Promise<void>, withinMs = 5_000): Promise<void> {
  const end = Date.now() + withinMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
}
