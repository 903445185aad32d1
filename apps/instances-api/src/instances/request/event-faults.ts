import type { Connector } from '#connectors'
import { ratePerSecond } from '#deliveries'
import { eventsMode, monitoredObjects, type Configuration } from '#instances'
import { callbackHeadersFault } from './callback-headers-fault.js'
import { placeOf, quoted, type Faults } from './faults.js'
import { finderFault } from './finder-fault.js'

/** What of the surroundings a callback's URL is judged by. */
export interface CallbackRules {
  /** Why nothing may ever be sent to a URL: its scheme, a private address, our own; null where something may. */
  checkUrl(url: string): string | null
}

/** Reports what is wrong with `event.vendor.type` and the `event.notification.*` keys. */
export function reportEventFaults(
  configuration: Configuration,
  connector: Connector,
  rules: CallbackRules,
  faults: Faults,
): void {
  const check = (key: string, fault: (value: string) => string | null) => {
    const value = configuration[key]
    if (value === undefined || value === null || value === '') return
    const message = fault(value)
    if (message !== null) faults.add(placeOf(['configuration', key]), message)
  }
  check('event.vendor.type', value => typeFault(value, connector))
  check('event.objects', () => objectsFault(configuration, connector))
  check('event.notification.type', value =>
    value === 'webhook' ? null : `${quoted(value)} is not supported; write "webhook" or leave it out`,
  )
  check('event.notification.callback.url', value => callbackFault(value, rules))
  check('event.notification.signature.key', signatureKeyFault)
  check('event.notification.basic.username', value =>
    value.includes(':') ? 'has a colon in it, which HTTP Basic does not allow' : null,
  )
  check('event.notification.callback.headers', callbackHeadersFault)
  check('event.notification.instance.finder', value => finderFault(value, connector))
  check('event.notification.ordering', value =>
    value === 'object' ? null : `${quoted(value)} is no order there is; write "object" or leave it out`,
  )
  check('event.notification.rate.limit', value =>
    ratePerSecond(value) === null
      ? `${quoted(value)} is not a rate; write callbacks per second (10), or per s, m or h (100/m)`
      : null,
  )
}

// Those of an instance that polls are resources, and are judged as such.
function objectsFault(configuration: Configuration, connector: Connector): string | null {
  if (eventsMode(configuration, connector.hasWebhooks) !== 'webhook') return null
  const { webhook } = connector.metadata
  const unknown = monitoredObjects(configuration).filter(name => !Object.hasOwn(webhook, name))
  if (unknown.length === 0) return null
  return `${unknown.map(quoted).join(', ')} has no webhooks; these have: ${Object.keys(webhook).join(', ')}`
}

/** Why nothing can be signed with a key; null where something can. Secrets aren't quoted. */
export function signatureKeyFault(value: string): string | null {
  return !value.startsWith('whsec_') || /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(value)
    ? null
    : 'begins with whsec_ but goes on with what is no base64; write the key as it was given, or one of your own'
}

function typeFault(value: string, connector: Connector): string | null {
  const { name } = connector.definition
  if (value === 'polling') {
    return connector.resources.length > 0 ? null : `${name} can't be polled; write "webhooks"`
  }
  if (value !== 'webhook' && value !== 'webhooks') return `${quoted(value)} is neither "polling" nor "webhooks"`
  return connector.hasWebhooks ? null : `${name} has no webhooks; write "polling"`
}

/** Why nothing can be sent to what is given as a callback URL; null where something can. */
export function callbackFault(value: string, { checkUrl }: CallbackRules): string | null {
  if (!URL.canParse(value)) {
    return `${quoted(value)} is not a URL; write the whole of it, such as https://example.com/events`
  }
  const forbidden = checkUrl(value)
  return forbidden === null ? null : `${quoted(withoutCredentials(value))} can't be called: ${forbidden}`
}

function withoutCredentials(value: string): string {
  const url = new URL(value)
  return url.username === '' && url.password === '' ? value : `${url.protocol}//…@${url.host}${url.pathname}`
}
