import { callbackHeaders, callbackTarget, ratePerSecond } from './callback-target.js'

test('custom headers are read from a JSON object and from lines', () => {
  expect(callbackHeaders('{"X-Tenant": "blue", "X-Version": 2}')).toEqual({ 'x-tenant': 'blue', 'x-version': '2' })
  expect(callbackHeaders('X-Tenant: blue\r\nX-Url: https://a.example/b')).toEqual({
    'x-tenant': 'blue',
    'x-url': 'https://a.example/b',
  })
})

test('what is no header, and what is ours to set, is left out', () => {
  const setting =
    'no colon\nBad Name: x\nHost: evil\nContent-Length: 1\nwebhook-id: 1\nElements-Webhook-Signature: x\nX-Ok: y'
  expect(callbackHeaders(setting)).toEqual({ 'x-ok': 'y' })
  expect(callbackHeaders('{"x-split": "a\\r\\nb: c"}')).toEqual({})
  expect(callbackHeaders('{not json')).toEqual({})
})

test('a rate is per second unless it says otherwise', () => {
  expect(ratePerSecond('10')).toBe(10)
  expect(ratePerSecond('0.5/s')).toBe(0.5)
  expect(ratePerSecond('120/minute')).toBe(2)
  expect(ratePerSecond('3600 / h')).toBe(1)
  for (const nothing of ['', '0', 'many', '-1']) expect(ratePerSecond(nothing)).toBeNull()
})

test('only an enabled instance with events on sends', () => {
  const source = { id: 1, accountId: 2, elementKey: 'intercom', events: 'webhook', disabled: false, deletedAt: null }
  const configuration = { 'event.notification.callback.url': ' https://a.example/ ' }
  expect(callbackTarget({ ...source, configuration })).toMatchObject({ url: 'https://a.example/', sends: true })
  expect(callbackTarget({ ...source, configuration, disabled: true }).sends).toBe(false)
  expect(callbackTarget({ ...source, configuration, events: 'off' }).sends).toBe(false)
  // Others may be subscribed to its events.
  expect(callbackTarget({ ...source, configuration: {} })).toMatchObject({ url: null, sends: true })
})
