import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { call } from '../../test/call.js'
import { startSimulator, type Simulator } from '../simulator.js'

const KEY = 'MySecretEventSignatureKey'
let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})

afterAll(async () => {
  await simulator.close()
})

beforeEach(() => {
  simulator.receiver.reset()
})

function notification(id: string, ...eventIds: string[]) {
  const events = eventIds.map(eventId => ({
    id: eventId,
    objectType: 'contacts',
    objectId: `c-${eventId}`,
    eventType: 'CREATED',
  }))
  return { id, severity: 'low', message: { elementKey: 'intercom', events } }
}

/** Signs with other code than the receiver's own. */
function signedHeaders(id: string, body: string, options: { key?: string; at?: Date } = {}) {
  const { key = KEY, at = new Date() } = options
  const standard = key.startsWith('whsec_') ? new Webhook(key) : new Webhook(Buffer.from(key).toString('base64'))
  return {
    'elements-webhook-signature': `sha256=${createHmac('sha256', key).update(body).digest('base64')}`,
    'elements-webhook-id': id,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': standard.sign(id, at, body),
  }
}

function post(name: string, id: string, eventIds: string[], options: Parameters<typeof signedHeaders>[2] = {}) {
  const body = JSON.stringify(notification(id, ...eventIds))
  return call('POST', simulator.receiver.mailbox(name).url, { body, headers: signedHeaders(id, body, options) })
}

describe('signatures', () => {
  test('both are verified with the key of the name, over the bytes as they came', async () => {
    const mailbox = simulator.receiver.mailbox('crm', { key: KEY })
    expect((await post('crm', 'n1', ['e1'])).status).toBe(200)
    expect(mailbox.received[0]).toMatchObject({
      notificationId: 'n1',
      eventIds: ['e1'],
      elements: { kind: 'verified' },
      standard: { kind: 'verified' },
      status: 200,
    })
  })

  test('a wrong key, an old timestamp, no signature and no key are told apart', async () => {
    const mailbox = simulator.receiver.mailbox('crm', { key: KEY })
    await post('crm', 'n1', [], { key: 'another' })
    await post('crm', 'n2', [], { at: new Date(Date.now() - 3_600_000) })
    await call('POST', mailbox.url, { body: notification('n3') })
    await post('keyless', 'n4', [])
    expect(mailbox.received.map(({ elements, standard }) => [elements.kind, standard.kind])).toEqual([
      ['refused', 'refused'],
      ['verified', 'refused'],
      ['unsigned', 'unsigned'],
    ])
    expect(JSON.stringify(mailbox.received[1]!.standard)).toContain('more than 5 minutes off')
    expect(simulator.receiver.mailbox('keyless').received[0]!.elements.kind).toBe('unchecked')
    expect(mailbox.counts()).toMatchObject({ requests: 3, refusedSignatures: 2 })
  })

  test('a key in the form of Standard Webhooks is base64 for these', async () => {
    const key = `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`
    const mailbox = simulator.receiver.mailbox('crm', { key })
    await post('crm', 'n1', [], { key })
    expect(mailbox.received[0]).toMatchObject({ elements: { kind: 'verified' }, standard: { kind: 'verified' } })
  })

  test('one of several signatures is enough', async () => {
    const mailbox = simulator.receiver.mailbox('crm', { key: KEY })
    const body = JSON.stringify(notification('n1'))
    const [old, current] = [signedHeaders('n1', body, { key: 'old key' }), signedHeaders('n1', body)]
    const both = `${old['webhook-signature']} ${current['webhook-signature']}`
    await call('POST', mailbox.url, { body, headers: { ...current, 'webhook-signature': both } })
    expect(mailbox.received[0]!.standard).toEqual({ kind: 'verified' })
  })
})

describe('answers', () => {
  test('failing ends after as many times as told', async () => {
    const mailbox = simulator.receiver.mailbox('crm')
    mailbox.answer({ kind: 'fail', status: 503, headers: { 'retry-after': '7' }, times: 2 })
    const answers = [await post('crm', 'n1', []), await post('crm', 'n1', []), await post('crm', 'n1', [])]
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 200])
    expect(answers[0]!.headers.get('retry-after')).toBe('7')
    expect(mailbox.counts()).toMatchObject({ requests: 3, accepted: 1, uniqueNotifications: 1 })
  })

  test('hanging never answers, resetting breaks off, and what came is recorded all the same', async () => {
    const mailbox = simulator.receiver.mailbox('crm')
    mailbox.answer({ kind: 'hang', times: 1 })
    const signal = AbortSignal.timeout(300)
    await expect(call('POST', mailbox.url, { body: {}, signal })).rejects.toThrow(/time/)
    mailbox.answer({ kind: 'reset', times: 1 })
    await expect(call('POST', mailbox.url, { body: {} })).rejects.toThrow('fetch failed')
    expect(mailbox.received.map(({ status }) => status)).toEqual([null, null])
  })

  test('delaying answers late, dripping answers at once and goes on for long', async () => {
    const mailbox = simulator.receiver.mailbox('crm')
    mailbox.answer({ kind: 'delay', ms: 150, times: 1 })
    const started = Date.now()
    await post('crm', 'n1', [])
    expect(Date.now() - started).toBeGreaterThanOrEqual(145)
    mailbox.answer({ kind: 'drip', bytes: 20, everyMs: 20, times: 1 })
    const gaps = await new Promise<number>((resolve, reject) => {
      const sent = request(mailbox.url, { method: 'POST' }, response => {
        let chunks = 0
        response.on('data', () => chunks++).on('end', () => resolve(chunks))
      })
      sent.on('error', reject).end()
    })
    expect(gaps).toBeGreaterThan(5)
  })

  test('an answer may break off, or be more than anyone wants', async () => {
    const mailbox = simulator.receiver.mailbox('crm')
    const read = async () => (await (await fetch(mailbox.url, { method: 'POST' })).arrayBuffer()).byteLength
    mailbox.answer({ kind: 'cut', times: 1 })
    await expect(read()).rejects.toThrow('terminated')
    mailbox.answer({ kind: 'flood', bytes: 1_000_000, times: 1 })
    expect(await read()).toBe(1_000_000)
  })

  test('how to answer can be decided anew for every callback', async () => {
    let n = 0
    simulator.receiver.mailbox('crm').answer(() => (n++ % 2 ? { kind: 'ok' } : { kind: 'fail', status: 500 }))
    const answers = [await post('crm', 'n1', []), await post('crm', 'n1', []), await post('crm', 'n1', [])]
    expect(answers.map(({ status }) => status)).toEqual([500, 200, 500])
  })

  test('anything may be sent: other methods, other types, paths below the name', async () => {
    const mailbox = simulator.receiver.mailbox('crm')
    await call('PUT', `${mailbox.url}/deep/er?x=1`, { body: 'not json', headers: { 'content-type': 'text/weird' } })
    expect(mailbox.received[0]).toMatchObject({
      method: 'PUT',
      path: '/callbacks/crm/deep/er?x=1',
      body: 'not json',
      json: undefined,
    })
  })
})

describe('waiting', () => {
  test('finds what came before and what comes later', async () => {
    const mailbox = simulator.receiver.mailbox('crm')
    await post('crm', 'n1', ['e1'])
    expect((await mailbox.waitFor(({ eventIds }) => eventIds.includes('e1'))).notificationId).toBe('n1')
    const later = mailbox.waitFor(({ eventIds }) => eventIds.includes('e3'))
    await post('crm', 'n2', ['e2'])
    await post('crm', 'n3', ['e3'])
    expect((await later).notificationId).toBe('n3')
  })

  test('says on time-out what came instead', async () => {
    const mailbox = simulator.receiver.mailbox('crm')
    await expect(mailbox.waitFor(() => true, 50)).rejects.toThrow(/waited 50 ms .* and saw nothing/)
    await post('crm', 'n1', ['e1'])
    await expect(mailbox.waitFor(() => false, 50, 'event e9')).rejects.toThrow(
      /for event e9, and saw [\s\S]*CREATED contacts c-e1/,
    )
  })

  test('counts events once, however often they come', async () => {
    const mailbox = simulator.receiver.mailbox('crm')
    for (const ids of [['e1', 'e2'], ['e1', 'e2'], ['e3']]) await post('crm', 'n', ids)
    expect((await mailbox.waitForEvents(3)).map(({ id }) => id)).toEqual(['e1', 'e2', 'e3'])
    expect(mailbox.counts()).toMatchObject({ requests: 3, uniqueEvents: 3 })
  })
})
