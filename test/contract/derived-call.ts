import type { Call } from './calls.js'
import type { ApiDocument, Operation, Schema } from './document.js'
import type { World } from './world.js'

type Value = string | number

/** What the first account has, to name in a call. */
export interface Owned extends World {
  /** Of `listening`. */
  subscriptionId: string
}

/** What stands at a path's parameter, by `{name}`, or by `segment before/{name}` where the name alone is ambiguous. */
const pathValues: Record<string, (owned: Owned) => Value> = {
  'instances/{id}': ({ listening }) => listening.id,
  'accounts/{id}': ({ api }) => api.account.accountId,
  'subscriptions/{id}': ({ subscriptionId }) => subscriptionId,
  '{eventId}': ({ eventId }) => eventId,
  '{runId}': ({ runId }) => runId,
  '{configId}': () => 'event.notification.enabled',
  '{keyOrId}': () => 'intercom',
  // The vendor's, of whatever instance the Element token names.
  '{hub}': () => 'marketing',
  '{resource}': () => 'contacts',
  '{object}': () => 'contacts',
  '{operationId}': () => 'getContacts',
  '{resource}/{id}': () => 'c1',
  '{child}': () => 'tags',
  '{childId}': () => '1',
}

/** What stands in a body, by the name that its schema has for it. */
const bodyValues: Record<string, (owned: Owned) => unknown> = {
  topics: ({ listening }) => [`instance-${listening.id}-intercom-events`],
  instanceId: ({ listening }) => listening.id,
  instanceIds: ({ listening }) => [listening.id],
  accountId: ({ api }) => api.account.accountId,
  eventId: ({ eventId }) => eventId,
  eventIds: ({ eventId }) => [eventId],
  runId: ({ runId }) => runId,
  channel: () => 'webhook',
  config: () => ({ url: 'https://stranger.example/events' }),
  element: () => ({ key: 'intercom' }),
  name: () => 'Stranger',
  configuration: () => ({}),
  propertyValue: () => 'true',
}

/**
 * A call of an operation for which `calls.ts` has none: the first account's ids wherever the document asks for one.
 * @throws where it asks for something that isn't known here, naming it
 */
export function derivedCall(operation: Operation, owned: Owned, document: ApiDocument): Call {
  const segments = operation.path.split('/')
  const path: Record<string, Value> = {}
  for (const [at, segment] of segments.entries()) {
    const [parameter, name] = /\{(\w+)\}/.exec(segment) ?? []
    if (parameter === undefined || name === undefined) continue
    const special = `${segments[at - 1]}/${parameter}`
    const value = pathValues[special] ?? pathValues[parameter]
    if (!value) {
      throw new Error(
        `${operation.name}: what is the first account's ${parameter}? Add the call to test/contract/calls.ts, or ` +
          `"${special}" to pathValues of test/contract/derived-call.ts`,
      )
    }
    path[name] = value(owned)
  }
  const schema = operation.requestBody?.content?.['application/json']?.schema
  return { path, ...(schema && { body: bodyOf(schema, owned, document) }) }
}

function bodyOf(schema: Schema, owned: Owned, document: ApiDocument): Record<string, unknown> {
  const named = schema.$ref?.replace('#/components/schemas/', '')
  const { properties = {} } = named === undefined ? schema : (document.whole.components.schemas[named] ?? {})
  return Object.fromEntries(
    Object.keys(properties).flatMap(name => (bodyValues[name] ? [[name, bodyValues[name](owned)]] : [])),
  )
}
