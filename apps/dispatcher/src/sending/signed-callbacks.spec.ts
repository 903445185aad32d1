import { DeliveryList, Replays } from '#deliveries'
import { Accounts, Instances, rotateSignatureKey, type NewAccount } from '#instances'
import { verifyElements } from '#signing'
import { testCertificate } from '#test'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { Webhook } from 'standardwebhooks'
import { processFixture } from '../testing/process-fixture.js'
import type { Received } from '../testing/receiver.js'
import { until } from '../testing/until.js'

const hour = 3_600_000
const signatureKey = 'event.notification.signature.key'

const here = processFixture()
let account: NewAccount

beforeAll(async () => {
  account = await here.app.get(Accounts).create()
})

/** Which of the keys somebody else's receiver accepts a callback with. */
function accepted({ headers, body }: Received, ...keys: string[]): string[] {
  return keys.filter(key => {
    const webhook = key.startsWith('whsec_') ? new Webhook(key) : new Webhook(key, { format: 'raw' })
    try {
      return Boolean(webhook.verify(body, headers as Record<string, string>))
    } catch {
      return false
    }
  })
}

const oldHeader = ({ headers, body }: Received, key: string) =>
  verifyElements(headers['elements-webhook-signature'], body, key)

test('while a key follows another, receivers with either accept callbacks; afterwards only those with the new one', async () => {
  const [old, next] = ['MySecretEventSignatureKey', `whsec_${randomBytes(32).toString('base64')}`] as const
  const id = await here.instance(account, here.receiver.url, { [signatureKey]: old })
  await here.publish(account, id)
  const [before] = await here.receiver.count(1)
  expect([accepted(before!, old, next), oldHeader(before!, old)]).toEqual([[old], true])

  const instances = here.app.get(Instances)
  await instances.update(id, current => rotateSignatureKey(current, next, hour, Date.now()))
  await here.publish(account, id)
  const [, during] = await here.receiver.count(2)
  expect(accepted(during!, old, next)).toEqual([old, next])
  expect(String(during!.headers['webhook-signature']).split(' ')).toHaveLength(2)
  // Clients of the old header compare all of it: the newest key's alone.
  expect([oldHeader(during!, next), oldHeader(during!, old)]).toEqual([true, false])

  // An hour later: nobody ends it, it is over.
  await instances.update(id, { retiredSignatureKeys: [{ key: old, until: new Date(Date.now() - 1) }] })
  await here.publish(account, id)
  const [, , after] = await here.receiver.count(3)
  expect([accepted(after!, old, next), oldHeader(after!, next)]).toEqual([[next], true])

  const list = here.app.get(DeliveryList)
  await until(async () => expect((await list.waiting(account.accountId)).items).toEqual([]))
  // What was sent under the old key is replayed under the key of now.
  await here.app.get(Replays).start({ accountId: account.accountId, instanceId: id })
  const replayed = (await here.receiver.count(6)).slice(3)
  expect(replayed.map(({ headers }) => headers['webhook-id'])).toContain(before!.headers['webhook-id'])
  expect(replayed.map(callback => accepted(callback, old, next))).toEqual([[next], [next], [next]])
})

test('a callback URL that demands a client certificate gets the instance’s own, and no other instance’s callbacks', async () => {
  const { certificate: cert, key } = testCertificate('server')
  const ca = testCertificate('ca').certificate
  const callers: string[] = []
  const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    request.resume().on('end', () => {
      callers.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN))
      response.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
    const { certificate, key: clientKey } = testCertificate('client')
    const withCertificate = await here.instance(account, url, {
      'event.notification.callback.ca': ca,
      'event.notification.callback.client.certificate': certificate,
      'event.notification.callback.client.key': clientKey,
    })
    const trustingOnly = await here.instance(account, url, { 'event.notification.callback.ca': ca })
    const plain = await here.instance(account, url)
    // The same lane: one URL of one account.
    for (const id of [withCertificate, trustingOnly, plain, withCertificate]) await here.publish(account, id)
    await until(async () => {
      const list = here.app.get(DeliveryList)
      const waiting = (await list.waiting(account.accountId)).items.map(({ instanceId, status }) => [
        instanceId,
        status,
      ])
      expect(waiting.sort()).toEqual([
        [trustingOnly, 'retry'],
        [plain, 'retry'],
      ])
      expect(callers).toEqual(['tributary', 'tributary'])
    })
    const errors = await here.db.pool.query<{ instanceId: number; error: string }>(
      `select instance_id as "instanceId", error from attempt where error is not null order by instance_id`,
    )
    expect(errors.rows).toEqual([
      { instanceId: trustingOnly, error: expect.stringMatching(/^(?:tls|connection): /) as unknown },
      { instanceId: plain, error: expect.stringMatching(/^tls: .*certificate/) as unknown },
    ])
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
