import { createHmac } from 'node:crypto'
import { intercom } from '../../definitions/intercom/index.js'
import { Connector } from '../../index.js'

const connector = new Connector(intercom)
const rawBody = Buffer.from('{"app_id":"w1"}')

function signedBy(secret: string): { rawBody: Buffer; headers: Record<string, string> } {
  return { rawBody, headers: { 'x-hub-signature': `sha1=${createHmac('sha1', secret).update(rawBody).digest('hex')}` } }
}

function candidate(id: number, secret?: string) {
  return { id, configuration: { 'oauth.api.secret': secret ?? null } }
}

test('of several candidates those verify that hold the secret, and none that hold nothing', () => {
  const candidates = [candidate(1, 'a'), candidate(2, 'b'), candidate(3), candidate(4, 'a')]
  const ids = (secret: string) => connector.verifiedBy(candidates, signedBy(secret), 10).map(({ id }) => id)
  expect([ids('a'), ids('b'), ids('c')]).toEqual([[1, 4], [2], []])
})

test('only so many different secrets are tried, and one that several share counts once', () => {
  const candidates = [candidate(1, 'a'), candidate(2, 'a'), candidate(3, 'b'), candidate(4, 'c'), candidate(5, 'a')]
  const ids = (secret: string) => connector.verifiedBy(candidates, signedBy(secret), 2).map(({ id }) => id)
  expect([ids('a'), ids('b'), ids('c')]).toEqual([[1, 2, 5], [3], []])
})

test('without a verification in the definition nobody is verified', () => {
  const { verification: _, ...webhooks } = intercom.webhooks!
  const open = new Connector({ ...intercom, webhooks })
  expect(open.verifiedBy([candidate(1, 'a')], signedBy('a'), 10)).toEqual([])
})

test('a message says whose it is, be it a handshake or the first of several notifications', () => {
  expect(connector.workspaceIn({ topic: 'ping', app_id: 'w1' })).toBe('w1')
  expect(connector.workspaceIn({ topic: 'ping' })).toBeNull()
  expect(connector.workspaceIn(null)).toBeNull()
  const batched = new Connector({ ...intercom, webhooks: { ...intercom.webhooks!, batch: 'all' } })
  expect(batched.workspaceIn({ all: [{ app_id: 'w2' }, { app_id: 'w3' }] })).toBe('w2')
  expect(batched.workspaceIn({ all: [], app_id: 'w4' })).toBe('w4')
})
