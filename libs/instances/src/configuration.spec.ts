import { eventsMode, isEncrypted, maskedKeys } from './configuration.js'
import { webhookUrl } from './webhook-url.js'

test.each<[string, Record<string, string | null>, boolean, string]>([
  ['events are off unless they are enabled', { 'event.vendor.type': 'polling' }, true, 'off'],
  [
    'what the type says counts',
    { 'event.notification.enabled': 'true', 'event.vendor.type': 'polling' },
    true,
    'polling',
  ],
  [
    'the type may be in the plural',
    { 'event.notification.enabled': 'true', 'event.vendor.type': 'webhooks' },
    true,
    'webhook',
  ],
  ['or in the singular', { 'event.notification.enabled': 'true', 'event.vendor.type': 'webhook' }, true, 'webhook'],
  [
    'without a type, a poller configuration means polling',
    { 'event.notification.enabled': 'true', 'event.poller.configuration': '{}' },
    true,
    'polling',
  ],
  [
    'so do the older poll URLs',
    { 'event.notification.enabled': 'true', 'event.poller.urls': 'contacts' },
    true,
    'polling',
  ],
  [
    'without either, webhooks where there are',
    { 'event.notification.enabled': 'true', 'event.vendor.type': null },
    true,
    'webhook',
  ],
  ['and polling where there are none', { 'event.notification.enabled': 'true' }, false, 'polling'],
])('%s', (_promise, configuration, hasWebhooks, mode) => {
  expect(eventsMode(configuration, hasWebhooks)).toBe(mode)
})

test('all that is masked is encrypted, and so is what looks like a credential', () => {
  for (const key of maskedKeys) expect(isEncrypted(key)).toBe(true)
  expect(['my.secret', 'accessToken', 'event.notification.callback.headers'].every(isEncrypted)).toBe(true)
  expect(['event.notification.callback.url', 'AppID', 'event.poller.configuration'].some(isEncrypted)).toBe(false)
})

test('a webhook URL ends in the id as base64, or in the door key', () => {
  const url = 'https://t.example/elements/api-v2/events/intercom'
  expect(webhookUrl({ id: 410, elementKey: 'intercom' }, 'https://t.example')).toBe(`${url}/NDEw`)
  expect(webhookUrl({ id: 410, elementKey: 'intercom', doorKey: 'k' }, 'https://t.example')).toBe(`${url}/k`)
})
