import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { definitionSchema } from './definition-schema.js'

/** Something in a definition that isn't as it should be. */
export interface Fault {
  place: (string | number)[]
  /** What is there and what is expected. */
  what: string
}

let validate: ValidateFunction | undefined

/** What a definition's shape lacks. */
export function schemaFaults(definition: unknown): Fault[] {
  validate ??= new Ajv({ allErrors: true, strict: false, verbose: true }).compile(definitionSchema)
  if (validate(definition)) return []
  const faults = (validate.errors ?? []).flatMap(error => fault(error) ?? [])
  const unique = new Map(faults.map(each => [JSON.stringify(each), each]))
  return [...unique.values()]
}

function fault(error: ErrorObject): Fault | null {
  const place = placeOf(error.instancePath)
  const params = error.params as Record<string, unknown>
  switch (error.keyword) {
    // What only says that one of its own parts failed, which is reported itself.
    case 'if':
      return null
    case 'required':
      return { place: [...place, String(params.missingProperty)], what: 'is missing' }
    case 'additionalProperties': {
      const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {})
      return {
        place: [...place, String(params.additionalProperty)],
        what: `is unknown here; expected ${known.length > 0 ? `one of ${known.join(', ')}` : 'nothing'}`,
      }
    }
    case 'enum':
      return { place, what: `${shown(error.data)} should be one of ${(params.allowedValues as unknown[]).join(', ')}` }
    case 'type':
      return { place, what: `${shown(error.data)} should be ${typeWords[String(params.type)] ?? String(params.type)}` }
    case 'pattern':
      return {
        place,
        what: `${shown(error.data)} should be ${patternWords[String(params.pattern)] ?? `like ${String(params.pattern)}`}`,
      }
    case 'minLength':
    case 'minItems':
      return { place, what: 'should not be empty' }
    default:
      return { place, what: `${shown(error.data)} ${error.message ?? 'is not valid'}` }
  }
}

const typeWords: Record<string, string> = {
  object: 'a set of members',
  array: 'a list',
  string: 'a text',
  boolean: 'true or false',
  integer: 'a whole number',
}

const patternWords: Record<string, string> = {
  '^/': 'a path that begins with /',
  '^[a-z0-9-]+$': "a header's name in lower case",
  '^\\S+ (asc|desc)$': 'a field and asc or desc: "updated_at desc"',
  '^[a-z][a-z0-9_]*$': 'lower-case letters, digits and _, beginning with a letter',
  '^https?://[^/?#{}@\\s]+(/[^?#{}\\s]*)?$': 'an http(s) URL without query, credentials or {names}',
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing'
  return json.length > 60 ? `${json.slice(0, 57)}…` : json
}

function placeOf(instancePath: string): (string | number)[] {
  return instancePath
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(part => (/^\d+$/.test(part) ? Number(part) : part))
}
