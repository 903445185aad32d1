import { errorMeanings, fieldTypes, likeForms, operators } from '../definition.js'

/** JSON Schema, as far as definitions use it. */
export type Schema = { [keyword: string]: unknown }

const text: Schema = { type: 'string', minLength: 1 }
const anyText: Schema = { type: 'string' }
const texts: Schema = { type: 'array', items: text }
const keys: Schema = { ...texts, minItems: 1 }
const flag: Schema = { type: 'boolean' }
const count: Schema = { type: 'integer', minimum: 0 }
const positive: Schema = { type: 'integer', minimum: 1 }
const scalar: Schema = { type: ['string', 'number', 'boolean'] }
const json: Schema = { type: 'object' }
const url: Schema = { type: 'string', pattern: '^https?://[^/?#{}@\\s]+(/[^?#{}\\s]*)?$' }
const path: Schema = { type: 'string', pattern: '^/' }
const header: Schema = { type: 'string', pattern: '^[a-z0-9-]+$' }
const into: Schema = { enum: ['query', 'body'] }
const order: Schema = { type: 'string', pattern: '^\\S+ (asc|desc)$' }

function object(required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  }
}

function mapOf(values: Schema): Schema {
  return { type: 'object', additionalProperties: values }
}

function listOf(items: Schema): Schema {
  return { type: 'array', items, minItems: 1 }
}

/** The variant of an object that its member `tag` names. */
function oneOf(tag: string, variants: Record<string, [Record<string, Schema>, Record<string, Schema>?]>): Schema {
  return {
    type: 'object',
    required: [tag],
    properties: { [tag]: { enum: Object.keys(variants) } },
    allOf: Object.entries(variants).map(([name, [required, optional]]) => ({
      if: { properties: { [tag]: { const: name } }, required: [tag] },
      then: object({ [tag]: { const: name }, ...required }, optional),
    })),
  }
}

const templates = mapOf(anyText)
const place = { into, parameter: text }

const paging = oneOf('style', {
  none: [{}],
  cursor: [{ next: text, ...place }],
  page: [place, { first: count, pages: text }],
  'next-url': [{ next: text }],
  scroll: [{ next: text, ...place }, { total: text }],
  offset: [place, { total: text, limit: text, overlapRows: count }],
})

const pageSize = object({ ...place, default: positive, max: positive })

const filterField = object(
  {},
  {
    as: text,
    type: { enum: ['text', 'number', 'boolean', 'date'] },
    operators: { type: 'array', items: { enum: [...operators] } },
    format: text,
    timeZone: text,
    granularity: { enum: ['second', 'day'] },
    wallClock: flag,
    inexact: flag,
  },
)

const filter = object(
  {
    into,
    operators: {
      type: 'object',
      properties: Object.fromEntries([...operators, ...likeForms].map(name => [name, json])),
      additionalProperties: false,
    },
    fields: mapOf(filterField),
  },
  {
    conditions: text,
    anyOf: json,
    between: json,
    atMost: positive,
    reserved: texts,
    wildcard: anyText,
    matchAll: json,
  },
)

const request = { method: { enum: ['GET', 'POST'] }, query: templates, body: json }

const listing = object(
  { path, items: anyText, paging },
  {
    ...request,
    pageSize,
    total: text,
    mostRecords: positive,
    order,
    filter,
    since: object({ field: text }, { covers: texts, orderBy: order }),
    orderBy: object(
      { fields: mapOf(text), into, template: json },
      { directions: object({ asc: anyText, desc: anyText }) },
    ),
    needsFilter: flag,
    parameters: texts,
  },
)

const deletions = object(
  { path, items: anyText, id: text, paging },
  { ...request, date: text, pageSize, order: { enum: ['newest-first', 'oldest-first', 'unordered'] } },
)

const dates = object(
  {},
  Object.fromEntries(
    ['updated', 'created'].flatMap(which => ['Field', 'Format', 'Timezone'].map(what => [`${which}Date${what}`, text])),
  ),
)

const resource = object(
  { id: text, listings: listOf(listing) },
  {
    description: text,
    aliases: texts,
    idPrefix: text,
    dates,
    timeZone: text,
    overlapSeconds: count,
    polledByDefault: flag,
    pollOrder: order,
    get: object({ path }, { item: text }),
    deletions,
    notifiedAs: text,
    parent: object({ resource: text, member: text }),
    blindSpots: texts,
  },
)

const api = object(
  {
    sites: listOf(object({ name: text, api: url }, { addresses: texts, authorize: url, token: url })),
  },
  {
    path,
    headers: templates,
    errors: object(
      { list: anyText },
      {
        message: texts,
        code: texts,
        codes: mapOf({ enum: [...errorMeanings] }),
        statuses: mapOf({ enum: [...errorMeanings] }),
      },
    ),
    rateLimit: object(
      {},
      {
        limits: listOf(object({ requests: positive, windowSeconds: positive, per: keys })),
        remaining: header,
        reset: header,
        resetUnit: { enum: ['epoch-seconds', 'seconds'] },
        longestWaitSeconds: positive,
        waitSeconds: positive,
      },
    ),
    warnings: object({ path: text }, { filterIgnored: text }),
  },
)

const oauth2 = object(
  {
    authorize: templates,
    token: object(
      { encoding: { enum: ['form', 'json'] }, parameters: templates, accessToken: keys },
      { refreshToken: texts, expiresIn: texts },
    ),
  },
  { refresh: object({ parameters: templates }) },
)

const authentication = object(
  { type: { enum: ['oauth2', 'basic', 'custom', 'apiKey', 'none'] } },
  { headers: templates, basic: object({ username: text, password: text }), oauth2 },
)

const identifyStep = object(
  { path },
  {
    items: anyText,
    where: mapOf(scalar),
    chosenBy: mapOf(text),
    workspace: text,
    timeZone: text,
    site: text,
    variables: mapOf(text),
  },
)

const field = object(
  { key: text, label: text, type: { enum: [...fieldTypes] } },
  { description: text, required: flag, requiredUnless: text, default: anyText, secret: flag, options: texts },
)

const verification: Schema = {
  type: 'object',
  if: { required: ['scheme'] },
  then: oneOf('scheme', {
    hmac: [
      { keys, header, algorithm: { enum: ['sha1', 'sha256', 'sha512'] }, encoding: { enum: ['hex', 'base64'] } },
      { prefix: anyText },
    ],
    token: [{ keys, header }],
    'standard-webhooks': [{ keys }],
  }),
  else: object(
    { keys, header, algorithm: { enum: ['sha1', 'sha256', 'sha512'] }, encoding: { enum: ['hex', 'base64'] } },
    { prefix: anyText },
  ),
}

const webhooks = object(
  // Rows are checked apart: a schema can only say that none of its alternatives fits.
  { item: anyText, topics: json },
  {
    verification,
    contentTypes: texts,
    query: flag,
    handshakes: listOf(object({ when: mapOf(scalar) }, { answer: anyText })),
    batch: anyText,
    workspace: text,
    topic: text,
    notificationId: text,
    createdAt: text,
    itemDates: object({}, { updatedAt: texts, createdAt: texts }),
    otherTopics: object({ type: text, types: mapOf(text), ids: keys }, { wrappers: mapOf(text), qualifiers: texts }),
  },
)

/** The shape of a definition. What a schema can't say is checked in `validate.ts`. */
export const definitionSchema: Schema = object(
  {
    key: { type: 'string', pattern: '^[a-z][a-z0-9_]*$', maxLength: 64 },
    id: positive,
    name: text,
    description: text,
    hub: text,
    api,
    authentication,
    fields: { type: 'array', items: field },
    resources: mapOf(resource),
  },
  { image: text, identify: listOf(identifyStep), webhooks },
)
