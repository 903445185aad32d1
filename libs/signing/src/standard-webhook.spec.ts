import { Webhook } from 'standardwebhooks'
import { SigningKeyError, standardWebhookKey, standardWebhookSignature, verifyStandardWebhook } from './index.js'

const id = 'msg_2f8a'
const body = '{"event":"né 🎉","n":1}'
const encodedKey = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const plainKey = 'MySecretEventSignatureKey'
const nowMs = Date.now()
const timestampSeconds = Math.floor(nowMs / 1000)

/** Someone else's implementation of the same specification, as a receiver would use it. */
function peer(key: string): Webhook {
  return key.startsWith('whsec_') ? new Webhook(key) : new Webhook(key, { format: 'raw' })
}

function headers(signature: string, at: number | string = timestampSeconds): Record<string, string> {
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': signature }
}

test.each([encodedKey, plainKey])('what is signed with %s is what the reference package signs', key => {
  const reference = peer(key).sign(id, new Date(nowMs), body)
  expect(standardWebhookSignature({ id, timestampSeconds, body, keys: [key] })).toBe(reference)
  expect(standardWebhookSignature({ id, timestampSeconds, body: Buffer.from(body), keys: [key] })).toBe(reference)
})

test('while a key is rotated, receivers with either key accept the header', () => {
  const signature = standardWebhookSignature({ id, timestampSeconds, body, keys: [encodedKey, plainKey] })
  expect(signature.split(' ')).toHaveLength(2)
  for (const key of [encodedKey, plainKey]) {
    expect(peer(key).verify(body, headers(signature))).toEqual(JSON.parse(body))
    expect(verifyStandardWebhook({ headers: headers(signature), body, keys: [key] })).toBe(true)
  }
})

test('what the reference package signs is verified, by any of the keys', () => {
  const signature = peer(encodedKey).sign(id, new Date(nowMs), body)
  expect(verifyStandardWebhook({ headers: headers(signature), body, keys: [plainKey, encodedKey] })).toBe(true)
  expect(verifyStandardWebhook({ headers: headers(signature), body: Buffer.from(body), keys: [encodedKey] })).toBe(true)
  expect(verifyStandardWebhook({ headers: headers(signature), body, keys: [plainKey] })).toBe(false)
  expect(verifyStandardWebhook({ headers: headers(signature), body: `${body} `, keys: [encodedKey] })).toBe(false)
  expect(verifyStandardWebhook({ headers: headers(signature), body, keys: [] })).toBe(false)
})

test('signatures of unknown versions are passed over', () => {
  const signature = standardWebhookSignature({ id, timestampSeconds, body, keys: [plainKey] })
  expect(verifyStandardWebhook({ headers: headers(`v1a,AAAA v2,x ${signature}`), body, keys: [plainKey] })).toBe(true)
  expect(verifyStandardWebhook({ headers: headers(signature.replace('v1', 'v1a')), body, keys: [plainKey] })).toBe(
    false,
  )
})

test.each([
  [-301, false],
  [-300, true],
  [0, true],
  [300, true],
  [301, false],
])('a timestamp %i s off is acceptable: %s, as the reference package decides', (seconds, acceptable) => {
  jest.useFakeTimers({ now: nowMs })
  try {
    const at = timestampSeconds + seconds
    const signature = standardWebhookSignature({ id, timestampSeconds: at, body, keys: [plainKey] })
    const request = { headers: headers(signature, at), body, keys: [plainKey] }
    expect(verifyStandardWebhook({ ...request, nowMs })).toBe(acceptable)
    expect(verifyStandardWebhook(request)).toBe(acceptable)
    if (acceptable) expect(() => peer(plainKey).verify(body, request.headers)).not.toThrow()
    else expect(() => peer(plainKey).verify(body, request.headers)).toThrow('timestamp')
  } finally {
    jest.useRealTimers()
  }
})

test('the tolerance can be set', () => {
  const signature = standardWebhookSignature({ id, timestampSeconds, body, keys: [plainKey] })
  const request = { headers: headers(signature), body, keys: [plainKey], nowMs: nowMs + 20_000 }
  expect(verifyStandardWebhook({ ...request, toleranceSeconds: 10 })).toBe(false)
  expect(verifyStandardWebhook({ ...request, toleranceSeconds: 30 })).toBe(true)
})

test.each([
  ['no headers at all', {}],
  ['no id', { 'webhook-id': undefined }],
  ['an empty id', { 'webhook-id': '' }],
  ['a repeated id', { 'webhook-id': [id, id] }],
  ['no timestamp', { 'webhook-timestamp': undefined }],
  ['a timestamp in words', { 'webhook-timestamp': 'now' }],
  ['a timestamp with a tail', { 'webhook-timestamp': `${timestampSeconds}x` }],
  ['a fractional timestamp', { 'webhook-timestamp': `${timestampSeconds}.0` }],
  ['no signature', { 'webhook-signature': undefined }],
  ['an empty signature', { 'webhook-signature': '' }],
  ['a repeated signature', { 'webhook-signature': ['v1,a', 'v1,b'] }],
  ['a signature without a comma', { 'webhook-signature': 'v1' }],
  ['a signature of another length', { 'webhook-signature': 'v1,AAAA' }],
  ['a signature outside ASCII', { 'webhook-signature': `v1,${'é'.repeat(44)}` }],
])('a request with %s is refused without an exception', (what, broken) => {
  const signature = standardWebhookSignature({ id, timestampSeconds, body, keys: [plainKey] })
  const sent = what === 'no headers at all' ? {} : { ...headers(signature), ...broken }
  expect(verifyStandardWebhook({ headers: sent, body, keys: [plainKey] })).toBe(false)
})

test('a key that can be none is refused with a reason, and the reason does not hold the key', () => {
  for (const key of ['', 'whsec_', 'whsec_not base64!', 'whsec_A']) {
    expect(() => standardWebhookKey(key)).toThrow(SigningKeyError)
  }
  expect(() => standardWebhookKey('whsec_not base64!')).not.toThrow(/not base64!/)
})
