import { DeliveryList, Subscriptions } from '#deliveries'
import { Accounts } from '#instances'
import { processFixture } from './testing/process-fixture.js'
import { until } from './testing/until.js'

describe('the dispatcher as a process is made of it', () => {
  const here = processFixture()

  test('what is published on the log arrives at the callback URL of its instance', async () => {
    const account = await here.app.get(Accounts).create()
    const id = await here.instance(account, here.receiver.url, { 'event.notification.signature.key': 'key' })
    const eventId = await here.publish(account, id)
    const [callback] = await here.receiver.count(1, 20_000)
    expect(callback!.body).toContain(`"eventId":"${eventId}"`)
    expect(callback!.headers['elements-webhook-signature']).toMatch(/^sha256=/)
  })

  test('what an account wants done with failed callbacks counts from the moment it says so', async () => {
    const account = await here.app.get(Accounts).create()
    const { accountId } = account
    const refusing = await here.another(() => ({ status: 500 }))
    const id = await here.instance(account, refusing.url)
    const list = here.app.get(DeliveryList)
    const statuses = async () => (await list.waiting(accountId)).items.map(({ status, attempts }) => [status, attempts])
    await here.publish(account, id)
    await until(async () => expect(await statuses()).toEqual([['retry', 1]]))
    await here.app.get(Accounts).saveSettings(accountId, { 'notification.webhook.failure.policy': 'queue' })
    await here.publish(account, id)
    // Nothing has ever reached the URL, so a last failure deactivates it, and all that waits is queued.
    await until(async () =>
      expect(await statuses()).toEqual([
        ['queued', 1],
        ['queued', 1],
      ]),
    )
    await here.app.get(Accounts).saveSettings(accountId, { 'notification.webhook.failure.policy': 'retry' })
    await here.app.get(Subscriptions).reactivate(accountId)
    await until(async () =>
      expect(await statuses()).toEqual([
        ['retry', 1],
        ['retry', 1],
      ]),
    )
  })

  test('it is ready, and tells its numbers', async () => {
    const base = await here.app.getUrl()
    expect(await (await fetch(`${base}/health/ready`)).json()).toMatchObject({ status: 'up' })
    const metrics = await (await fetch(`${base}/metrics`)).text()
    expect(metrics).toMatch(/tributary_callback_attempts_total\{outcome="delivered"\} 1/)
    expect(metrics).toMatch(/tributary_oldest_due_delivery_seconds 0/)
    expect(metrics).toMatch(/tributary_lanes_owned 2/)
  })
})
