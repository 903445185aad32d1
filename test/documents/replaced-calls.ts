/**
 * same: as it was documented. differs: served, and the note says what is not as it was. better: as documented, and more.
 * absent: not served, and the note says what there is instead.
 */
export type Verdict = 'same' | 'differs' | 'better' | 'absent'

/** Calls of the platform that this one replaces, as `METHOD /path` below `/elements/api-v2`. */
export interface ReplacedCalls {
  calls: readonly string[]
  verdict: Verdict
  note: string
}

/** By what they are about, in the order of the guide. */
export const replacedCalls: Record<string, readonly ReplacedCalls[]> = {
  Instances: [
    {
      calls: ['POST /instances', 'POST /elements/{keyOrId}/instances'],
      verdict: 'better',
      note: 'every fault at once, each with its field, value and what would do; `Idempotency-Key`; `ETag`',
    },
    {
      calls: [
        'GET /instances',
        'GET /elements/{keyOrId}/instances',
        'GET /accounts/instances',
        'GET /accounts/{id}/instances',
      ],
      verdict: 'same',
      note: '`tags[]`, `searchText`, `hydrate`, `pageSize`, `nextPage`; by ascending id',
    },
    {
      calls: ['GET /instances/{id}', 'GET /elements/{keyOrId}/instances/{id}'],
      verdict: 'better',
      note: '`webhookUrl` stands in the body; secrets are always masked; `ETag`, `If-None-Match`',
    },
    {
      calls: [
        ...['PUT /instances/{id}', 'PATCH /instances/{id}', 'PUT /instances', 'PATCH /instances'],
        ...['PUT /elements/{keyOrId}/instances/{id}', 'PATCH /elements/{keyOrId}/instances/{id}'],
      ],
      verdict: 'better',
      note: 'what GET returned can be sent back, masks included; `If-Match`; no restart, and watermarks are kept',
    },
    {
      calls: ['DELETE /instances/{id}', 'DELETE /instances', 'DELETE /elements/{keyOrId}/instances/{id}'],
      verdict: 'same',
      note: 'stops listening and polling at once; what was accepted is still delivered',
    },
    {
      calls: [
        ...['PUT /instances/{id}/enabled', 'DELETE /instances/{id}/enabled'],
        ...['PUT /instances/enabled', 'DELETE /instances/enabled'],
      ],
      verdict: 'better',
      note: 'events that come while it is disabled are stored and can be replayed',
    },
    {
      calls: [
        ...['GET /instances/{id}/configuration', 'GET /instances/configuration'],
        ...['GET /instances/{id}/configuration/{configId}', 'GET /instances/configuration/{configId}'],
        ...['PATCH /instances/{id}/configuration/{configId}', 'PATCH /instances/configuration/{configId}'],
      ],
      verdict: 'differs',
      note: "an entry's id follows from its key, so it is the same everywhere; the key does in its place",
    },
    {
      calls: [
        ...['PUT /instances/{id}/trace-logging', 'DELETE /instances/{id}/trace-logging'],
        ...['PUT /instances/trace-logging', 'DELETE /instances/trace-logging'],
      ],
      verdict: 'differs',
      note: "each request to the vendor is a line in the poller's and the API's log; nothing is kept for reading by call",
    },
    {
      calls: [
        ...['GET /instances/{id}/docs', 'GET /instances/docs'],
        ...['GET /instances/{id}/docs/{operationId}', 'GET /instances/docs/{operationId}'],
        'GET /instances/{id}/docs/{operationId}/definitions',
        'GET /instances/docs/{operationId}/definitions',
      ],
      verdict: 'same',
      note: 'Swagger 2.0, of the hub resources that there are',
    },
    {
      calls: [
        ...['GET /instances/{id}/objects', 'GET /instances/objects'],
        'GET /instances/{id}/objects/{object}/definitions',
        'GET /instances/objects/{object}/definitions',
      ],
      verdict: 'differs',
      note: 'members are those that the definition knows: ids and dates',
    },
    {
      calls: [
        ...['GET /instances/{id}/transformations', 'GET /instances/transformations'],
        ...['GET /instances/{id}/transformations/{object}', 'GET /instances/transformations/{object}'],
      ],
      verdict: 'differs',
      note: 'always 404: there are none; records are passed on as the vendor sends them, to be mapped by the consumer',
    },
    {
      calls: ['POST /instances/{id}/transformations/{object}', 'PUT /instances/{id}/transformations/{object}'],
      verdict: 'absent',
      note: 'map records in the consumer',
    },
  ],
  Elements: [
    { calls: ['GET /elements', 'GET /elements/{keyOrId}'], verdict: 'same', note: 'by key or id' },
    {
      calls: ['GET /elements/{keyOrId}/configuration', 'GET /elements/{keyOrId}.configuration'],
      verdict: 'same',
      note: 'what a form is drawn from',
    },
    {
      calls: ['GET /elements/{keyOrId}/metadata'],
      verdict: 'better',
      note: 'made from what the definition can do, so it is never ahead of it',
    },
    {
      calls: ['GET /elements/{keyOrId}/oauth/url', 'POST /elements/{keyOrId}/oauth/url'],
      verdict: 'same',
      note: '`state` defaults to the key of the element; `callbackUrl` to the callback page of this installation',
    },
    {
      calls: ['GET /elements/{keyOrId}/oauth/url/default', 'POST /elements/{keyOrId}/oauth/url/default'],
      verdict: 'differs',
      note: 'always 404: there is no OAuth application but your own',
    },
    {
      calls: ['GET /elements/{keyOrId}/oauth/token'],
      verdict: 'differs',
      note: 'always 400: no element here uses OAuth 1',
    },
    {
      calls: ['GET /elements/{keyOrId}/docs'],
      verdict: 'same',
      note: 'Swagger 2.0, of the hub resources that there are',
    },
    {
      calls: ['POST /elements', 'PUT /elements/{id}', 'POST /elements/{id}/clone'],
      verdict: 'absent',
      note: 'an element is a file: see [connectors.md](connectors.md)',
    },
  ],
  'Hub resources': [
    {
      calls: [
        ...['GET /hubs/{hub}/{resource}', 'GET /hubs/{hub}/{resource}/{id}', 'GET /hubs/{hub}/{resource}/{id}/{child}'],
        'GET /hubs/{hub}/{resource}/{id}/{child}/{childId}',
        ...['GET /{resource}', 'GET /{resource}/{id}', 'GET /{resource}/{id}/{child}'],
        'GET /{resource}/{id}/{child}/{childId}',
      ],
      verdict: 'differs',
      note: "what the vendor can't filter or order (`IS NULL` with both) is a 400 that says what it can, never a silent full list",
    },
    {
      calls: [
        ...['GET /objects', 'GET /hubs/{hub}/objects'],
        ...['GET /objects/{object}/metadata', 'GET /hubs/{hub}/objects/{object}/metadata'],
      ],
      verdict: 'same',
      note: 'answers for a disabled instance, too',
    },
    {
      calls: ['POST /hubs/{hub}/{resource}', 'PUT /hubs/{hub}/{resource}/{id}', 'DELETE /hubs/{hub}/{resource}/{id}'],
      verdict: 'absent',
      note: "this is an events framework: write through the vendor's own API",
    },
    {
      calls: ['POST /hubs/{hub}/bulk/query', 'POST /hubs/{hub}/bulk/{resource}'],
      verdict: 'absent',
      note: 'for a first load use `event.poller.backfill`',
    },
  ],
  Events: [
    {
      calls: [
        ...['GET /instances/{id}/events', 'GET /instances/events'],
        ...['GET /instances/{id}/events/{eventId}', 'GET /instances/events/{eventId}'],
      ],
      verdict: 'better',
      note: 'events of disabled and deleted instances, too; `providerData` byte for byte',
    },
    {
      calls: [
        'GET /instances/events/analytics',
        'GET /instances/events/analytics/accounts',
        'GET /instances/events/analytics/instances',
      ],
      verdict: 'same',
      note: '',
    },
    { calls: ['GET /instances/events/dispositions'], verdict: 'same', note: 'an entry for each attempt' },
    {
      calls: ['GET /instances/event-poller-records'],
      verdict: 'differs',
      note: 'adds watermark, next poll and failures',
    },
    {
      calls: ['GET /instances/polling-disabled'],
      verdict: 'better',
      note: '`POST /api/instances/{id}/polls/resume` goes on; nothing that changed meanwhile is missed',
    },
    { calls: ['GET /jobs/polling-disabled'], verdict: 'absent', note: '`GET /instances/polling-disabled`' },
  ],
  Notifications: [
    {
      calls: [
        ...['GET /notifications/subscriptions', 'POST /notifications/subscriptions'],
        ...['GET /notifications/subscriptions/{id}', 'DELETE /notifications/subscriptions/{id}'],
      ],
      verdict: 'differs',
      note: 'the channel is `webhook`: no e-mail, SMS or push',
    },
    {
      calls: ['GET /notifications/subscriptions/deliveries', 'PUT /notifications/subscriptions/deliveries'],
      verdict: 'same',
      note: "`where=channel='webhook' and status='queued' [and config.url='…']`",
    },
  ],
  Accounts: [
    {
      calls: [
        ...['GET /accounts/settings', 'PATCH /accounts/settings', 'POST /accounts/settings'],
        ...['GET /accounts/{id}/settings', 'PATCH /accounts/{id}/settings', 'POST /accounts/{id}/settings'],
      ],
      verdict: 'same',
      note: '`notification.webhook.failure.policy`: `retry` or `queue`',
    },
    { calls: ['GET /accounts', 'GET /accounts/{id}'], verdict: 'differs', note: "the caller's own account" },
    {
      calls: ['POST /accounts', 'POST /users', 'GET /users'],
      verdict: 'absent',
      note: '`tributary accounts` and `tributary users` on the command line',
    },
    {
      calls: ['POST /formulas', 'GET /formulas'],
      verdict: 'absent',
      note: 'subscribe to the event topics, or receive callbacks, and run what you like',
    },
  ],
  "The vendors' door": [
    {
      calls: ['POST /events/{elementKey}/{instance}'],
      verdict: 'better',
      note: 'signatures are demanded; the URL of an instance without a key to check by can not be guessed',
    },
    {
      calls: ['POST /events/{elementKey}'],
      verdict: 'differs',
      note: 'only behind a signature that is verified',
    },
    {
      calls: ['POST /events/{elementKey}Polling/{instance}'],
      verdict: 'differs',
      note: 'demands `Authorization`',
    },
  ],
}
