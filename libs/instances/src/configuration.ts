import type { Configuration, EventsMode, Instance } from './instance.js'

/** Stored encrypted, and shown as `********`. */
export const maskedKeys: ReadonlySet<string> = new Set([
  'oauth.api.key',
  'oauth.api.secret',
  'oauth.user.token',
  'oauth.user.refresh_token',
  'api.password',
  'event.notification.signature.key',
  'event.vendor.signature.key',
  'event.notification.basic.password',
  'event.notification.callback.client.key',
  'password',
])

/** What a masked value looks like outside. Sent back, it means "as stored". */
export const mask = '********'

/** Opens the vendor's API. A deleted instance has no more use for them; what verifies and signs stays. */
export const vendorCredentialKeys: ReadonlySet<string> = new Set([
  'oauth.user.token',
  'oauth.user.refresh_token',
  'api.password',
])

// Nobody says that these are secret, but they may hold a credential (a callback's custom headers often do). They are
// encrypted like the masked ones, and shown.
const mayHoldCredentials = /password|secret|token|\.callback\.headers$/i

/** Whether a value is kept encrypted: all that is masked, and whatever else may hold a credential. */
export function isEncrypted(key: string): boolean {
  return maskedKeys.has(key) || mayHoldCredentials.test(key)
}

/** Whether a key of an element whose definition isn't known could be one of its secrets. */
export function mayBeSecret(key: string): boolean {
  return !/^(event|filter)\./.test(key)
}

const pollerKeys = ['event.poller.configuration', 'event.poller.urls']

/**
 * How an instance with this configuration learns of changes. Without `event.vendor.type`, a poller configuration means
 * polling (the documented iContact body has no other sign); without that too, it's what the element does best.
 */
export function eventsMode(configuration: Configuration, hasWebhooks: boolean): EventsMode {
  if (configuration['event.notification.enabled'] !== 'true') return 'off'
  switch (configuration['event.vendor.type']) {
    case 'polling':
      return 'polling'
    case 'webhook':
    case 'webhooks':
      return 'webhook'
    default:
      return hasWebhooks && (wantsReconciling(configuration) || !pollerKeys.some(key => configuration[key]))
        ? 'webhook'
        : 'polling'
  }
}

/** Whether a configuration wants a poller beside the webhooks, should it have any. */
export function wantsReconciling(configuration: Configuration): boolean {
  return configuration['event.poller.reconcile'] === 'true'
}

/** Whether an instance's webhooks have a poller beside them, for what the vendor's retry lost. */
export function reconciles({ events, configuration }: Listening): boolean {
  return events === 'webhook' && wantsReconciling(configuration)
}

/** Whether anything of an instance is polled. */
export function isPolled(instance: Listening): boolean {
  return instance.events === 'polling' || reconciles(instance)
}

type Listening = Pick<Instance, 'events' | 'configuration'>

/** The object types that `event.objects` names, each once; empty: all. */
export function monitoredObjects(configuration: Configuration): string[] {
  const names = (configuration['event.objects'] ?? '').split(',').map(name => name.trim())
  return [...new Set(names.filter(Boolean))]
}
