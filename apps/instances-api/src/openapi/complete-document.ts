import type { OpenAPIObject } from '@nestjs/swagger'

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>
type Responses = Operation['responses']
type Response = Exclude<Responses[string], undefined | { $ref: string }>
type Schema = Exclude<NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string], { $ref: string }>

const text = { type: 'string' }

const headers = {
  RequestId: {
    description: 'Which request it was, for the log: 24 hexadecimal digits',
    schema: { ...text, pattern: '^[0-9a-f]{24}$' },
  },
  ReturnedCount: { description: 'How many entries the list has', schema: { type: 'integer', minimum: 0 } },
  NextPageToken: { description: 'The `nextPage` of the page after this one; absent on the last', schema: text },
  EntityTag: { description: 'For `If-Match` and `If-None-Match`: changes with what it is of', schema: text },
}

/** What is so for every call of a kind, and therefore is not said at each: headers, and the errors that any can have. */
export function completeDocument(document: OpenAPIObject): OpenAPIObject {
  const { paths, components = {} } = document
  components.headers = { ...components.headers, ...(headers as typeof components.headers) }
  for (const operation of Object.values(paths).flatMap(path => Object.values(path) as Operation[])) complete(operation)
  // A number here is a count or an id; one that isn't says `format: double`.
  eachSchema(document, schema => {
    if (schema.type === 'number' && schema.format === undefined) schema.type = 'integer'
  })
  return { ...document, components }
}

function complete(operation: Operation): void {
  const { responses, parameters = [] } = operation
  const places = parameters.flatMap(parameter => ('in' in parameter ? [parameter] : []))
  addErrors(
    operation,
    places.length > 0,
    places.some(parameter => parameter.in === 'path'),
  )
  for (const parameter of places) if (isNumericId(parameter, operation)) parameter.schema = { type: 'integer' }
  const names = places.map(({ name }) => name)
  for (const [status, response] of Object.entries(responses)) {
    if (!response || '$ref' in response) continue
    response.description ||= 'Done'
    response.headers = {
      ...response.headers,
      'Elements-Request-Id': ref('RequestId'),
      ...(/^[23]/.test(status) && headersOf(status, response, names)),
    }
  }
}

function headersOf(status: string, response: Response, parameters: string[]): NonNullable<Response['headers']> {
  const isTagged = parameters.includes('If-Match') || parameters.includes('If-None-Match')
  const hasTag = isTagged ? status === '304' || response.content : isInstance(response)
  const list = isList(response)
  return {
    ...(list && { 'Elements-Returned-Count': ref('ReturnedCount') }),
    ...(list && parameters.includes('nextPage') && { 'Elements-Next-Page-Token': ref('NextPageToken') }),
    ...(hasTag && { ETag: ref('EntityTag') }),
  }
}

// What Tributary counts itself; vendors' ids are texts.
function isNumericId(parameter: { name: string; in: string }, { tags = [] }: Operation): boolean {
  return parameter.in === 'path' && parameter.name === 'id' && !tags.includes('Hub resources')
}

function addErrors({ responses, requestBody }: Operation, hasParameters: boolean, hasPath: boolean): void {
  if (hasParameters || requestBody) addError(responses, '400', 'Something is wrong with the request; all of it is told')
  if (hasPath) addError(responses, '404', 'There is none, or it is another account’s')
  if (!requestBody) return
  addError(responses, '413', 'The body is longer than 1 MiB')
  addError(responses, '415', 'The body is not application/json')
}

function addError(responses: Responses, status: string, description: string): void {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/ErrorBody' } } }
  responses[status] ??= { description, content }
}

function ref(name: keyof typeof headers): { $ref: string } {
  return { $ref: `#/components/headers/${name}` }
}

function isInstance({ content }: Response): boolean {
  const schema = content?.['application/json']?.schema
  return schema !== undefined && '$ref' in schema && schema.$ref.endsWith('/InstanceBody')
}

function isList({ content }: Response): boolean {
  const schema = content?.['application/json']?.schema
  return schema !== undefined && 'type' in schema && schema.type === 'array'
}

function eachSchema(value: unknown, see: (schema: Schema) => void): void {
  if (typeof value !== 'object' || value === null) return
  if ('type' in value && typeof value.type === 'string') see(value as Schema)
  for (const [key, member] of Object.entries(value)) {
    if (key !== 'example' && key !== 'examples') eachSchema(member, see)
  }
}
