import { compileDatePattern } from '#dates'
import { eventTypes } from '#events'
import type {
  Definition,
  FilterDefinition,
  ListingDefinition,
  ResourceDefinition,
  Site,
  WebhookDefinition,
} from '../definition.js'
import { namesAnybody } from './allowances.js'
import { fieldFaults, keyFaults, resourceNameFaults, variableFaults } from './name-faults.js'
import { isMembers } from './path.js'
import { schemaFaults, type Fault } from './schema-faults.js'
import { namesOf } from './template.js'

/** Everything that is wrong with a definition; empty: it can be run. */
export function definitionFaults(value: unknown): Fault[] {
  const shape = schemaFaults(value)
  if (!isMembers(value)) return shape
  // What is looked at more closely relies on the shape of that, and of nothing else.
  const isSound: SoundnessOf = (...place) =>
    !shape.some(fault => place.every((step, index) => fault.place[index] === step))
  return [...shape, ...closerFaults(value as unknown as Definition, isSound)]
}

/** Whether the schema finds nothing wrong at a place, or below it. */
type SoundnessOf = (...place: Fault['place']) => boolean

function closerFaults(definition: Definition, isSound: SoundnessOf): Fault[] {
  const faults: Fault[] = []
  const { api, authentication, resources, webhooks } = definition
  const hasNames = ['api', 'authentication', 'fields', 'identify'].every(name => isSound(name))
  if (isSound('api') && isSound('authentication')) faults.push(...siteFaults({ api, authentication }))
  if (hasNames) faults.push(...nameFaults(definition), ...limitFaults(definition))
  if (isSound('fields')) faults.push(...fieldFaults(definition))
  if (isSound('identify')) faults.push(...variableFaults(definition))
  if (isSound('resources')) faults.push(...resourceNameFaults(resources))
  for (const [name, resource] of Object.entries(isMembers(resources) ? resources : {}))
    if (isSound('resources', name)) faults.push(...resourceFaults(definition, name, resource))
  if (webhooks && isSound('webhooks')) {
    faults.push(...webhookFaults(webhooks))
    if (isSound('fields')) faults.push(...keyFaults(definition, webhooks))
  }
  if (isSound('api')) faults.push(...patternFault(api.warnings?.filterIgnored, ['api', 'warnings', 'filterIgnored']))
  return faults
}

function siteFaults({ api, authentication }: Pick<Definition, 'api' | 'authentication'>): Fault[] {
  if (!authentication.oauth2) {
    return authentication.type === 'oauth2'
      ? [{ place: ['authentication', 'oauth2'], what: 'is missing, though the type is oauth2' }]
      : []
  }
  const needed = ['authorize', 'token'] as const
  return api.sites.flatMap((site: Site, index) =>
    needed
      .filter(name => site[name] === undefined)
      .map(name => ({ place: ['api', 'sites', index, name], what: 'is missing, though authentication is by OAuth' })),
  )
}

/** Templates may only name what there can be a value for. */
function nameFaults(definition: Definition): Fault[] {
  const known = new Set(['site', ...definition.fields.map(field => field.key)])
  for (const step of definition.identify ?? []) for (const name of Object.keys(step.variables ?? {})) known.add(name)
  const { headers, basic } = definition.authentication
  const places: [Fault['place'], string][] = [
    [['api', 'path'], definition.api.path ?? ''],
    ...texts(['api', 'headers'], definition.api.headers),
    ...texts(['authentication', 'headers'], headers),
    ...texts(['authentication', 'basic'], basic),
    ...(definition.identify ?? []).map((step, index): [Fault['place'], string] => [
      ['identify', index, 'path'],
      step.path,
    ]),
  ]
  return places.flatMap(([place, template]) => unknownNames(place, template, known))
}

function limitFaults(definition: Definition): Fault[] {
  const variables = (definition.identify ?? []).flatMap(step => Object.keys(step.variables ?? {}))
  const known = new Set(['workspace', ...definition.fields.map(field => field.key), ...variables])
  return (definition.api.rateLimit?.limits ?? []).flatMap(({ per }, index) =>
    per.flatMap((template, at) => {
      const place = ['api', 'rateLimit', 'limits', index, 'per', at]
      const unknown = unknownNames(place, template, known)
      if (unknown.length > 0 || !namesAnybody(definition, template)) return unknown
      const what = 'could be named by strangers: it needs {workspace}, a variable of "identify" or a secret field'
      return [{ place, what }]
    }),
  )
}

function texts(place: Fault['place'], members: object | undefined): [Fault['place'], string][] {
  return Object.entries(members ?? {}).map(([name, template]) => [[...place, name], String(template)])
}

function unknownNames(place: Fault['place'], template: string, known: ReadonlySet<string>): Fault[] {
  return namesOf(template)
    .filter(name => !known.has(name))
    .map(name => ({
      place,
      what: `names {${name}}, which is neither a key of "fields" nor a variable of "identify"; these are: ${[...known].join(', ')}`,
    }))
}

function resourceFaults(definition: Definition, name: string, resource: ResourceDefinition): Fault[] {
  const place = ['resources', name]
  const faults: Fault[] = []
  const parent = resource.parent?.resource
  if (parent !== undefined && !Object.hasOwn(definition.resources, parent))
    faults.push({ place: [...place, 'parent', 'resource'], what: `"${parent}" is none of the resources` })
  for (const which of ['updatedDate', 'createdDate'] as const) {
    const zone = resource.dates?.[`${which}Timezone`]
    faults.push(...formatFault(resource.dates?.[`${which}Format`], [...place, 'dates', `${which}Format`]))
    faults.push(...zoneFault(zone, [...place, 'dates', `${which}Timezone`]))
  }
  faults.push(...zoneFault(resource.timeZone, [...place, 'timeZone']))
  resource.listings.forEach((listing, index) => {
    faults.push(...listingFaults(listing, [...place, 'listings', index], parent !== undefined))
  })
  return faults
}

function listingFaults(listing: ListingDefinition, place: Fault['place'], isChild: boolean): Fault[] {
  const faults: Fault[] = []
  if (isChild && !namesOf(listing.path).includes('parent'))
    faults.push({ place: [...place, 'path'], what: 'should hold {parent}, since the resource is listed per parent' })
  const { since, filter } = listing
  if (since && filter?.fields[since.field]?.type !== 'date')
    faults.push({
      place: [...place, 'since', 'field'],
      what: `"${since.field}" should be one of filter.fields, of type date`,
    })
  return filter ? [...faults, ...filterFaults(filter, [...place, 'filter'])] : faults
}

function filterFaults(filter: FilterDefinition, place: Fault['place']): Fault[] {
  const faults: Fault[] = []
  if (filter.into === 'body' && filter.conditions === undefined)
    faults.push({ place: [...place, 'conditions'], what: 'is missing, though conditions go into the body' })
  if (filter.into === 'query' && filter.anyOf)
    faults.push({ place: [...place, 'anyOf'], what: 'can only stand where conditions go into the body' })
  for (const [name, field] of Object.entries(filter.fields)) {
    const at = [...place, 'fields', name]
    faults.push(...formatFault(field.format, [...at, 'format']))
    if (field.timeZone !== 'account') faults.push(...zoneFault(field.timeZone, [...at, 'timeZone']))
  }
  return faults
}

function webhookFaults(webhooks: WebhookDefinition): Fault[] {
  const rows = Object.entries(webhooks.topics as Record<string, unknown>)
  return rows.flatMap(([topic, row]) => {
    const place = ['webhooks', 'topics', topic]
    if (Array.isArray(row) && row.length > 0 && row.every(Array.isArray))
      return row.flatMap((each: unknown[], index) => rowFaults(each, [...place, index]))
    return Array.isArray(row) ? rowFaults(row as unknown[], place) : [{ place, what: rowShape }]
  })
}

const rowShape =
  'should be [object type, event type, path of the id (or several)], with "optional" at the end where the id may be absent; or a list of such'

function rowFaults(row: unknown[], place: Fault['place']): Fault[] {
  const [objectType, eventType, id, presence] = row
  const isId =
    typeof id === 'string' || (Array.isArray(id) && id.length > 0 && id.every(each => typeof each === 'string'))
  const isPresence = presence === undefined || presence === 'optional'
  if (typeof objectType !== 'string' || objectType === '' || !isId || !isPresence || row.length > 4)
    return [{ place, what: rowShape }]
  return eventTypes.some(type => type === eventType)
    ? []
    : [{ place: [...place, 1], what: `"${String(eventType)}" should be one of ${eventTypes.join(', ')}` }]
}

function formatFault(format: string | undefined, place: Fault['place']): Fault[] {
  if (format === undefined) return []
  try {
    compileDatePattern(format)
    return []
  } catch (error) {
    return [
      { place, what: `"${format}" is no date pattern: ${error instanceof Error ? error.message : String(error)}` },
    ]
  }
}

function zoneFault(zone: string | undefined, place: Fault['place']): Fault[] {
  if (zone === undefined) return []
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return []
  } catch {
    return [{ place, what: `"${zone}" is no IANA time zone` }]
  }
}

function patternFault(pattern: string | undefined, place: Fault['place']): Fault[] {
  if (pattern === undefined) return []
  try {
    new RegExp(pattern, 'i')
    return []
  } catch (error) {
    return [{ place, what: `is no regular expression: ${error instanceof Error ? error.message : String(error)}` }]
  }
}

/** `resources.contacts.listings.0.path` */
export function shownPlace(place: Fault['place']): string {
  return place.length === 0 ? 'the definition' : place.join('.')
}
