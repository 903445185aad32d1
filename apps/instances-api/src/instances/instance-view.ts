import type { Connector } from '#connectors'
import { mask, webhookUrl, type Instance } from '#instances'
import { elementView } from '../elements/element-view.js'
import type { InstanceBody } from './instance.dto.js'
import { isMasked } from './request/configuration-faults.js'

/** An instance as the API shows it. Its token is shown, which is documented; all other secrets are masked. */
export function instanceView(instance: Instance, connector: Connector | undefined, publicUrl: string): InstanceBody {
  const { id, name, token, tags, disabled, configuration, events, externalAuthentication, vendorRefusal } = instance
  return {
    ...{ id, name, createdDate: secondsOf(instance.createdAt), token },
    ...(connector && { element: elementView(connector) }),
    ...{ elementId: connector?.definition.id ?? 0, tags: [...tags], provisionInteractions: [] },
    // An element whose definition is gone can't be used; the instance is kept.
    ...{ valid: connector !== undefined && vendorRefusal === null, disabled, maxCacheSize: 0, cacheTimeToLive: 0 },
    configuration: Object.fromEntries(
      Object.entries(configuration).map(([key, value]) => [
        key,
        value !== null && isMasked(key, connector) ? mask : value,
      ]),
    ),
    ...{ eventsEnabled: events !== 'off', traceLoggingEnabled: instance.traceLogging, cachingEnabled: false },
    ...{ externalAuthentication, user: { id: instance.userId } },
    ...(vendorRefusal && { vendorRefusal }),
    ...(hasWebhooks(instance) && { webhookUrl: webhookUrl(instance, publicUrl) }),
  }
}

/** What `hydrate=false` asks for: without the configuration and what belongs to the element. */
export function leanInstanceView(
  instance: Instance,
  connector: Connector | undefined,
  publicUrl: string,
): InstanceBody {
  const { configuration: _configuration, element: _element, ...lean } = instanceView(instance, connector, publicUrl)
  return lean
}

// Also with events off, since the URL has to be entered at the vendor before they are of any use.
function hasWebhooks({ events, configuration }: Instance): boolean {
  return events === 'webhook' || /^webhooks?$/.test(configuration['event.vendor.type'] ?? '')
}

/** `2017-08-07T18:46:38Z`: documented dates have no fractions. */
function secondsOf(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}
