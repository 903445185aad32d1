import { listeningBody, type World } from './world.js'

/** How a call is made that goes well. */
export interface Call {
  path?: Record<string, string | number>
  query?: Record<string, string>
  body?: unknown
  /** The `Element <token>` it acts on. */
  token?: string
  /** 200 if not said. */
  status?: number
  /** Of the path's parameters: what stands for one that isn't there; null where nothing doesn't exist. */
  unknown?: Record<string, string | null>
}

const settings = { 'notification.webhook.failure.policy': 'retry' }
const whole = { name: 'Changed', tags: ['Docs', 'More'], configuration: listeningBody.configuration }
const apiKey = { apiKey: 'client-id', callbackUrl: 'https://example.com/oauth' }
const contacts = { hub: 'marketing', resource: 'contacts' }
const opens = { resource: 'messages', id: '9', child: 'opens' }
const where = { where: "channel='webhook' and status='queued'" }
const enabled = 'event.notification.enabled'
const anyHub = { hub: null }
const hour = { from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z', interval: 'minute' }
const object = { object: 'contacts' }
const operationId = 'getContacts'

/** One good call of every operation of the API. Errors are made out of them: see `contract.spec.ts`. */
export const calls: Record<string, (world: World) => Call | Promise<Call>> = {
  'GET /elements/api-v2/elements': () => ({}),
  'GET /elements/api-v2/elements/{keyOrId}': () => ({ path: { keyOrId: 'intercom' } }),
  'GET /elements/api-v2/elements/{keyOrId}/configuration': () => ({ path: { keyOrId: 'icontact' } }),
  'GET /elements/api-v2/elements/{keyOrId}/metadata': () => ({ path: { keyOrId: 'intercom' } }),
  'GET /elements/api-v2/elements/{keyOrId}/oauth/url': () => ({ path: { keyOrId: 'intercom' }, query: apiKey }),
  'POST /elements/api-v2/elements/{keyOrId}/oauth/url': () => ({ path: { keyOrId: 'intercom' }, body: apiKey }),
  // There is no application of our own, and no OAuth 1.
  'GET /elements/api-v2/elements/{keyOrId}/oauth/url/default': () => ({ path: { keyOrId: 'intercom' }, status: 404 }),
  'POST /elements/api-v2/elements/{keyOrId}/oauth/url/default': () => ({ path: { keyOrId: 'intercom' }, status: 404 }),
  'GET /elements/api-v2/elements/{keyOrId}/oauth/token': () => ({ path: { keyOrId: 'intercom' }, status: 400 }),
  'GET /elements/api-v2/elements/{keyOrId}.configuration': () => ({ path: { keyOrId: 'intercom' } }),

  'POST /elements/api-v2/elements/{keyOrId}/instances': () => {
    const { element: _element, ...body } = listeningBody
    return { path: { keyOrId: 'intercom' }, body }
  },
  'GET /elements/api-v2/elements/{keyOrId}/instances': () => ({
    path: { keyOrId: 'intercom' },
    query: { pageSize: '1' },
  }),
  'GET /elements/api-v2/elements/{keyOrId}/instances/{id}': ({ polling }) => ({
    path: { keyOrId: 'intercom', id: polling.id },
  }),
  'PUT /elements/api-v2/elements/{keyOrId}/instances/{id}': async ({ fresh }) => ({
    path: { keyOrId: 'intercom', id: (await fresh()).id },
    body: whole,
  }),
  'PATCH /elements/api-v2/elements/{keyOrId}/instances/{id}': async ({ fresh }) => ({
    path: { keyOrId: 'intercom', id: (await fresh()).id },
    body: { tags: ['More'] },
  }),
  'DELETE /elements/api-v2/elements/{keyOrId}/instances/{id}': async ({ fresh }) => ({
    path: { keyOrId: 'intercom', id: (await fresh()).id },
  }),

  'POST /elements/api-v2/instances': () => ({ body: listeningBody }),
  'GET /elements/api-v2/instances': () => ({ query: { pageSize: '2', 'tags[]': 'Docs', hydrate: 'true' } }),
  'PATCH /elements/api-v2/instances': async ({ fresh }) => ({ token: (await fresh()).token, body: { tags: [] } }),
  'PUT /elements/api-v2/instances': async ({ fresh }) => ({ token: (await fresh()).token, body: whole }),
  'DELETE /elements/api-v2/instances': async ({ fresh }) => ({ token: (await fresh()).token }),
  'GET /elements/api-v2/instances/{id}': ({ icontact }) => ({ path: { id: icontact.id } }),
  'PATCH /elements/api-v2/instances/{id}': async ({ fresh }) => ({
    path: { id: (await fresh()).id },
    body: { configuration: { 'event.notification.signature.key': 'hush' }, name: 'Signed' },
  }),
  'PUT /elements/api-v2/instances/{id}': async ({ fresh }) => ({
    path: { id: (await fresh()).id },
    body: whole,
  }),
  'DELETE /elements/api-v2/instances/{id}': async ({ fresh }) => ({ path: { id: (await fresh()).id } }),
  'PUT /elements/api-v2/instances/{id}/enabled': async ({ fresh }) => ({ path: { id: (await fresh()).id } }),
  'DELETE /elements/api-v2/instances/{id}/enabled': async ({ fresh }) => ({ path: { id: (await fresh()).id } }),
  'PUT /elements/api-v2/instances/enabled': async ({ fresh }) => ({ token: (await fresh()).token }),
  'DELETE /elements/api-v2/instances/enabled': async ({ fresh }) => ({ token: (await fresh()).token }),
  'PUT /elements/api-v2/instances/{id}/trace-logging': async ({ fresh }) => ({ path: { id: (await fresh()).id } }),
  'DELETE /elements/api-v2/instances/{id}/trace-logging': async ({ fresh }) => ({ path: { id: (await fresh()).id } }),
  'PUT /elements/api-v2/instances/trace-logging': async ({ fresh }) => ({ token: (await fresh()).token }),
  'DELETE /elements/api-v2/instances/trace-logging': async ({ fresh }) => ({ token: (await fresh()).token }),

  'GET /elements/api-v2/instances/{id}/configuration': ({ polling }) => ({ path: { id: polling.id } }),
  'GET /elements/api-v2/instances/{id}/configuration/{configId}': ({ polling }) => ({
    path: { id: polling.id, configId: enabled },
  }),
  'PATCH /elements/api-v2/instances/{id}/configuration/{configId}': async ({ fresh }) => ({
    path: { id: (await fresh()).id, configId: enabled },
    body: { propertyValue: 'false' },
  }),
  'GET /elements/api-v2/instances/configuration': ({ polling }) => ({ token: polling.token }),
  'GET /elements/api-v2/instances/configuration/{configId}': ({ polling }) => ({
    path: { configId: enabled },
    token: polling.token,
  }),
  'PATCH /elements/api-v2/instances/configuration/{configId}': async ({ fresh }) => ({
    path: { configId: enabled },
    token: (await fresh()).token,
    body: { propertyValue: 'false' },
  }),

  'GET /elements/api-v2/instances/events/analytics': () => ({ query: hour }),
  'GET /elements/api-v2/instances/events/analytics/accounts': () => ({ query: hour }),
  'GET /elements/api-v2/instances/events/analytics/instances': () => ({ query: hour }),
  'GET /elements/api-v2/instances/events/dispositions': () => ({ query: { pageSize: '5' } }),
  'GET /elements/api-v2/instances/events': ({ listening }) => ({ token: listening.token }),
  'GET /elements/api-v2/instances/events/{eventId}': ({ eventId }) => ({ path: { eventId } }),
  'GET /elements/api-v2/instances/{id}/events': ({ listening }) => ({
    path: { id: listening.id },
    query: { from: '2026-01-01T00:00:00Z', objectType: 'conversations', pageSize: '5' },
  }),
  'GET /elements/api-v2/instances/{id}/events/{eventId}': ({ listening, eventId }) => ({
    path: { id: listening.id, eventId },
  }),

  'GET /elements/api-v2/hubs/{hub}/{resource}': ({ listening }) => ({
    path: contacts,
    token: listening.token,
    unknown: anyHub,
  }),
  'GET /elements/api-v2/hubs/{hub}/{resource}/{id}': ({ listening }) => ({
    path: { ...contacts, id: 'c1' },
    token: listening.token,
    unknown: anyHub,
  }),
  'GET /elements/api-v2/hubs/{hub}/{resource}/{id}/{child}': ({ icontact }) => ({
    path: { hub: 'any', ...opens },
    token: icontact.token,
    unknown: anyHub,
  }),
  'GET /elements/api-v2/{resource}': ({ listening }) => ({ path: { resource: 'contacts' }, token: listening.token }),
  'GET /elements/api-v2/{resource}/{id}': ({ listening }) => ({
    path: { resource: 'contacts', id: 'c1' },
    token: listening.token,
  }),
  'GET /elements/api-v2/{resource}/{id}/{child}': ({ icontact }) => ({ path: opens, token: icontact.token }),
  // No definition here has a way to ask for one of what belongs to a record.
  'GET /elements/api-v2/hubs/{hub}/{resource}/{id}/{child}/{childId}': ({ icontact }) => ({
    path: { hub: 'any', ...opens, childId: '1' },
    token: icontact.token,
    status: 400,
    unknown: { hub: null, id: null, childId: null },
  }),
  'GET /elements/api-v2/{resource}/{id}/{child}/{childId}': ({ icontact }) => ({
    path: { ...opens, childId: '1' },
    token: icontact.token,
    status: 400,
    unknown: { id: null, childId: null },
  }),

  'GET /elements/api-v2/objects': ({ listening }) => ({ token: listening.token }),
  'GET /elements/api-v2/hubs/{hub}/objects': ({ listening }) => ({
    path: { hub: 'any' },
    token: listening.token,
    unknown: anyHub,
  }),
  'GET /elements/api-v2/objects/{object}/metadata': ({ listening }) => ({ path: object, token: listening.token }),
  'GET /elements/api-v2/hubs/{hub}/objects/{object}/metadata': ({ listening }) => ({
    path: { hub: 'any', ...object },
    token: listening.token,
    unknown: anyHub,
  }),
  'GET /elements/api-v2/instances/{id}/objects': ({ listening }) => ({ path: { id: listening.id } }),
  'GET /elements/api-v2/instances/{id}/objects/{object}/definitions': ({ listening }) => ({
    path: { id: listening.id, ...object },
  }),
  'GET /elements/api-v2/instances/objects': ({ listening }) => ({ token: listening.token }),
  'GET /elements/api-v2/instances/objects/{object}/definitions': ({ listening }) => ({
    path: object,
    token: listening.token,
  }),
  // Nothing is transformed here.
  'GET /elements/api-v2/instances/{id}/transformations': ({ listening }) => ({
    path: { id: listening.id },
    status: 404,
  }),
  'GET /elements/api-v2/instances/{id}/transformations/{object}': ({ listening }) => ({
    path: { id: listening.id, ...object },
    status: 404,
  }),
  'GET /elements/api-v2/instances/transformations': ({ listening }) => ({ token: listening.token, status: 404 }),
  'GET /elements/api-v2/instances/transformations/{object}': ({ listening }) => ({
    path: object,
    token: listening.token,
    status: 404,
  }),
  'GET /elements/api-v2/elements/{keyOrId}/docs': () => ({ path: { keyOrId: 'icontact' } }),
  'GET /elements/api-v2/instances/{id}/docs': ({ listening }) => ({ path: { id: listening.id } }),
  'GET /elements/api-v2/instances/{id}/docs/{operationId}': ({ listening }) => ({
    path: { id: listening.id, operationId },
  }),
  'GET /elements/api-v2/instances/{id}/docs/{operationId}/definitions': ({ listening }) => ({
    path: { id: listening.id, operationId },
  }),
  'GET /elements/api-v2/instances/docs': ({ listening }) => ({ token: listening.token }),
  'GET /elements/api-v2/instances/docs/{operationId}': ({ listening }) => ({
    path: { operationId },
    token: listening.token,
  }),
  'GET /elements/api-v2/instances/docs/{operationId}/definitions': ({ listening }) => ({
    path: { operationId },
    token: listening.token,
  }),

  'POST /api/instances/{id}/poll': ({ polling }) => ({ path: { id: polling.id }, status: 202 }),
  'GET /api/instances/{id}/polls': ({ polling }) => ({ path: { id: polling.id } }),
  'GET /api/instances/{id}/polls/{runId}': ({ polling, runId }) => ({ path: { id: polling.id, runId } }),
  'GET /api/instances/{id}/polled-resources': ({ polling }) => ({ path: { id: polling.id } }),
  'GET /api/polled-resources': () => ({ query: { trouble: 'paused', pageSize: '1' } }),
  'POST /api/instances/{id}/polls/resume': ({ polling }) => ({ path: { id: polling.id }, query: { resource: 'none' } }),
  'GET /elements/api-v2/instances/event-poller-records': () => ({ query: { pageSize: '1' } }),
  'GET /elements/api-v2/instances/polling-disabled': () => ({}),

  'POST /api/instances/{id}/erasures': ({ listening }) => ({
    path: { id: listening.id },
    body: { objectType: 'contacts', objectId: 'none' },
  }),
  'GET /api/instances/{id}/erasures': ({ listening }) => ({ path: { id: listening.id } }),
  'GET /api/instances/{id}/signature-key': ({ listening }) => ({ path: { id: listening.id } }),
  'POST /api/instances/{id}/signature-key': async ({ fresh }) => ({
    path: { id: (await fresh()).id },
    body: { key: 'hush', overlapHours: 1 },
  }),
  'DELETE /api/instances/{id}/signature-key': async ({ fresh }) => ({ path: { id: (await fresh()).id } }),

  'POST /api/replays': ({ listening: { id: instanceId } }) => ({ body: { instanceId, all: true }, status: 202 }),
  'GET /api/replays': () => ({ query: { pageSize: '1' } }),
  'GET /api/replays/{id}': async world => ({ path: { id: await replay(world) } }),
  'DELETE /api/replays/{id}': async world => ({ path: { id: await replay(world) } }),

  'GET /elements/api-v2/notifications/subscriptions': () => ({}),
  'POST /elements/api-v2/notifications/subscriptions': ({ listening }) => ({
    body: {
      channel: 'webhook',
      topics: [`instance-${listening.id}-intercom-events`],
      config: { url: 'https://another.example/events' },
    },
  }),
  'GET /elements/api-v2/notifications/subscriptions/{id}': async world => ({ path: { id: await subscription(world) } }),
  'DELETE /elements/api-v2/notifications/subscriptions/{id}': async world => ({
    path: { id: await subscription(world) },
  }),
  'GET /elements/api-v2/notifications/subscriptions/deliveries': () => ({ query: where }),
  'PUT /elements/api-v2/notifications/subscriptions/deliveries': () => ({
    query: { where: "config.url='https://nobody.example'" },
  }),

  'GET /elements/api-v2/accounts': () => ({}),
  'GET /elements/api-v2/accounts/instances': () => ({ query: { searchText: 'poll', hydrate: 'false' } }),
  'GET /elements/api-v2/accounts/{id}': ({ api }) => ({ path: { id: api.account.accountId } }),
  'GET /elements/api-v2/accounts/{id}/instances': ({ api }) => ({
    path: { id: api.account.accountId },
    query: { 'tags[]': 'Docs' },
  }),
  'GET /elements/api-v2/accounts/settings': () => ({}),
  'PATCH /elements/api-v2/accounts/settings': () => ({ body: settings }),
  'POST /elements/api-v2/accounts/settings': () => ({ body: settings }),
  'GET /elements/api-v2/accounts/{id}/settings': ({ api }) => ({ path: { id: api.account.accountId } }),
  'POST /elements/api-v2/accounts/{id}/settings': ({ api }) => ({
    path: { id: api.account.accountId },
    body: settings,
  }),
  'PATCH /elements/api-v2/accounts/{id}/settings': ({ api }) => ({
    path: { id: api.account.accountId },
    body: settings,
  }),
}

/** The id of a subscription that nothing else needs. */
async function subscription({ api, fresh }: World): Promise<string> {
  const { id } = await fresh()
  const { body } = await api.call('GET', '/notifications/subscriptions')
  const own = (body as { id: number; topics: string[] }[]).find(({ topics }) =>
    topics[0]?.startsWith(`instance-${id}-`),
  )
  return String(own?.id)
}

/** The id of a replay that has ended. */
async function replay({ api, listening: { id: instanceId } }: World): Promise<string> {
  const { body } = await api.call('POST', '//api/replays', { body: { instanceId, all: true } })
  const { replayId } = body as { replayId: number }
  await api.call('DELETE', `//api/replays/${replayId}`)
  return String(replayId)
}
