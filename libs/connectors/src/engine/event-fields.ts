import type { ConfigurationField, Definition, DatesConfiguration } from '../definition.js'
import { resourceInfo } from './resources.js'

/** Polling configuration as `event.poller.configuration` has it. */
export type PollerConfiguration = Record<
  string,
  { url: string; idField: string; datesConfiguration?: DatesConfiguration }
>

/** What is polled where an instance doesn't say. */
export function defaultPolling(definition: Definition): PollerConfiguration {
  const polled = Object.entries(definition.resources).filter(([, resource]) => resource.polledByDefault)
  return Object.fromEntries(
    polled.map(([name, resource]) => {
      const dates = resource.dates && { datesConfiguration: resource.dates }
      return [name, { url: resourceInfo(definition, name, resource).pollUrl, idField: resource.id, ...dates }]
    }),
  )
}

/** Every key of an instance's configuration that means something: the definition's, then those of events. */
export function configurationFields(definition: Definition): ConfigurationField[] {
  const own = new Set(definition.fields.map(field => field.key))
  return [...definition.fields, ...eventFields(definition).filter(field => !own.has(field.key))]
}

function eventFields(definition: Definition): ConfigurationField[] {
  const polls = Object.keys(definition.resources).length > 0
  const receives = definition.webhooks !== undefined
  const methods = [...(polls ? ['polling'] : []), ...(receives ? ['webhook'] : [])]
  return [
    {
      key: 'event.notification.enabled',
      label: 'Events Enabled',
      description: 'Identifies that events are enabled for the element instance',
      type: 'BOOLEAN',
      default: 'false',
    },
    {
      key: 'event.vendor.type',
      label: 'Event Type',
      description: 'The type of events enabled for the instance; "webhooks" is taken for "webhook"',
      type: 'COMBO',
      options: methods,
      ...(methods.length === 1 && { default: methods[0] }),
    },
    ...notificationFields,
    ...(receives ? webhookFields(definition) : []),
    ...(polls ? pollingFields(definition) : []),
    ...(polls && receives ? [reconcileField] : []),
    {
      key: 'filter.response.nulls',
      label: 'Filter null values from the response',
      type: 'BOOLEAN',
      default: 'true',
    },
  ]
}

const notificationFields: ConfigurationField[] = [
  {
    key: 'event.notification.callback.url',
    label: 'Event Notification Callback URL',
    description: 'Where events are sent',
    type: 'TEXTFIELD_1000',
  },
  {
    key: 'event.notification.signature.key',
    label: 'Callback Notification Signature Key',
    description: 'Signs what is sent to the callback URL',
    type: 'PASSWORD',
    secret: true,
  },
  {
    key: 'event.notification.basic.username',
    label: 'Callback Username',
    description: 'For HTTP Basic at the callback URL',
    type: 'TEXTFIELD_128',
  },
  { key: 'event.notification.basic.password', label: 'Callback Password', type: 'PASSWORD', secret: true },
  {
    key: 'event.notification.callback.headers',
    label: 'Callback Headers',
    description: 'A JSON object, or lines of "Name: value"',
    type: 'TEXTAREA',
  },
  {
    key: 'event.notification.callback.ca',
    label: 'Callback CA Certificates',
    description: 'PEM: whose certificates are trusted at the callback URL, in place of the public ones',
    type: 'TEXTAREA',
  },
  {
    key: 'event.notification.callback.client.certificate',
    label: 'Callback Client Certificate',
    description: 'PEM: shown to a callback URL that asks for one; certificates between it and its CA may follow',
    type: 'TEXTAREA',
  },
  {
    key: 'event.notification.callback.client.key',
    label: 'Callback Client Key',
    description: 'PEM: the private key of the client certificate, without a passphrase',
    type: 'PASSWORD',
    secret: true,
  },
  {
    key: 'event.notification.rate.limit',
    label: 'Callback Rate Limit',
    description: 'Notifications a second at most',
    type: 'TEXTFIELD_32',
  },
  {
    key: 'event.notification.ordering',
    label: 'Callback Order',
    description: '"object": a notification waits for every earlier one of the same object; default: none waits',
    type: 'COMBO',
    options: ['object'],
  },
  {
    key: 'event.objects',
    label: 'Objects to Monitor for Changes',
    description: 'Comma separated, such as contacts,conversations; what webhooks bring of others is dropped',
    type: 'TEXTFIELD_1000',
  },
]

function webhookFields({ webhooks }: Definition): ConfigurationField[] {
  const signed = webhooks?.verification?.keys.includes('event.vendor.signature.key') ?? false
  return [
    ...(signed ? [vendorSignatureKey] : []),
    {
      key: 'event.notification.instance.finder',
      label: 'Instance Finder',
      description: 'How a webhook without an id finds the instance: configuration key|path in the body',
      type: 'TEXTFIELD_1000',
    },
  ]
}

const vendorSignatureKey: ConfigurationField = {
  key: 'event.vendor.signature.key',
  label: 'Vendor Signature Key',
  description: "What the vendor's webhooks are signed with, where it isn't the OAuth secret",
  type: 'PASSWORD',
  secret: true,
}

const reconcileField: ConfigurationField = {
  key: 'event.poller.reconcile',
  label: 'Poll Beside Webhooks',
  description:
    "Also polls an instance with webhooks, for what the vendor's retry lost; what a webhook told isn't told again",
  type: 'BOOLEAN',
  default: 'false',
}

function pollingFields(definition: Definition): ConfigurationField[] {
  return [
    {
      key: 'event.poller.refresh_interval',
      label: 'Event poller refresh interval (mins)',
      description: 'How often changes are looked for, in minutes; not below 1',
      type: 'TEXTFIELD_32',
      default: '15',
    },
    {
      key: 'event.poller.configuration',
      label: 'Configure Polling',
      description: 'JSON: what to poll, by resource',
      type: 'TEXTAREA',
      default: JSON.stringify(defaultPolling(definition)),
    },
    {
      key: 'event.poller.backfill',
      label: 'Backfill Since',
      description: 'ISO 8601 instant that the first poll starts from; default: from now on',
      type: 'TEXTFIELD_64',
    },
    {
      key: 'event.poller.mode',
      label: 'Polling Mode',
      description: '"snapshot" compares whole listings, which shows changes without a date, and deletions',
      type: 'COMBO',
      options: ['dates', 'snapshot'],
      default: 'dates',
    },
  ]
}
