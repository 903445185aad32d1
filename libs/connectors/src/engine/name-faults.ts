import type { Definition, WebhookDefinition } from '../definition.js'
import type { Fault } from './schema-faults.js'

/** First segments of the API's own paths, where a resource can be asked for without a hub. */
export const reservedResourceNames: readonly string[] = [
  'accounts',
  'elements',
  'events',
  'hubs',
  'instances',
  'notifications',
  'objects',
]

const everyElementsField = /^(event|filter)\./
/** What a webhook may also be verified by. */
const vendorSignatureKey = 'event.vendor.signature.key'

/** Configuration keys that are every element's, or given twice. */
export function fieldFaults({ fields }: Pick<Definition, 'fields'>): Fault[] {
  return fields.flatMap(({ key, requiredUnless }, index) => {
    const place = ['fields', index, 'key']
    const faults: Fault[] = []
    if (everyElementsField.test(key)) {
      faults.push({ place, what: `"${key}" is reserved: event.* and filter.* are every element's` })
    }
    if (fields.findIndex(field => field.key === key) < index) faults.push({ place, what: `"${key}" is given twice` })
    if (requiredUnless !== undefined && !fields.some(field => field.key === requiredUnless)) {
      const what = `"${requiredUnless}" is none of the fields' keys`
      faults.push({ place: ['fields', index, 'requiredUnless'], what })
    }
    return faults
  })
}

/** Variables that would hide the site's. */
export function variableFaults({ identify = [] }: Pick<Definition, 'identify'>): Fault[] {
  return identify.flatMap(({ variables = {} }, index) =>
    Object.keys(variables)
      .filter(name => name === 'site' || name === 'parent')
      .map(name => ({
        place: ['identify', index, 'variables', name],
        what: `is reserved: {${name}} is ${name === 'site' ? "the site's name" : "a parent record's id"}`,
      })),
  )
}

/** Resources and aliases whose names can't be used, or mean another one already. */
export function resourceNameFaults(resources: Definition['resources']): Fault[] {
  const faults: Fault[] = []
  const taken = new Map<string, string>()
  for (const [name, { aliases = [] }] of Object.entries(resources)) {
    const names: [Fault['place'], string][] = [
      [['resources', name], name],
      ...aliases.map((alias, index): [Fault['place'], string] => [['resources', name, 'aliases', index], alias]),
    ]
    for (const [place, each] of names) {
      const what = nameFault(each, taken)
      if (what !== null) faults.push({ place, what })
      else taken.set(plain(each), name)
    }
  }
  return faults
}

function nameFault(name: string, taken: ReadonlyMap<string, string>): string | null {
  if (!/^[\w-]+$/.test(name) || name.startsWith('__')) {
    return `"${name}" should be named with letters, digits and _`
  }
  if (reservedResourceNames.includes(plain(name))) {
    return `"${name}" is reserved: the API has paths of that name (${reservedResourceNames.join(', ')})`
  }
  const other = taken.get(plain(name))
  return other === undefined ? null : `"${name}" means ${other} already`
}

// As it is looked up.
function plain(name: string): string {
  return name.toLowerCase().replaceAll('-', '_')
}

/** What webhooks are verified by has to be something that an instance can have. */
export function keyFaults({ fields }: Pick<Definition, 'fields'>, { verification }: WebhookDefinition): Fault[] {
  const known = [...fields.map(({ key }) => key), vendorSignatureKey]
  return (verification?.keys ?? []).flatMap((key, index) =>
    known.includes(key)
      ? []
      : [
          {
            place: ['webhooks', 'verification', 'keys', index],
            what: `"${key}" is no key of "fields"; these are: ${known.join(', ')}`,
          },
        ],
  )
}
