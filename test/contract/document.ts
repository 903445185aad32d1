import { Ajv, type ValidateFunction } from 'ajv'
import { openApiDocument } from '../../apps/instances-api/src/openapi/openapi-document.js'

export interface Schema {
  $ref?: string
  type?: string
  nullable?: boolean
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
  [keyword: string]: unknown
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  schema: Schema
}

interface Content {
  content?: Record<string, { schema: Schema }>
}

export interface Response extends Content {
  description: string
  headers?: Record<string, { $ref?: string; schema?: Schema }>
}

/** One path and method of the document. */
export interface Operation {
  /** As the document writes it: `GET /elements/api-v2/instances/{id}`. */
  name: string
  method: string
  path: string
  operationId: string
  tags: string[]
  security?: unknown[]
  parameters: Parameter[]
  requestBody?: Content
  responses: Record<string, Response>
}

interface OpenApi {
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Omit<Operation, 'name' | 'method' | 'path'>>>
  components: { schemas: Record<string, Schema>; headers: Record<string, { schema: Schema }> }
}

/** The OpenAPI document as the code makes it, to hold answers against. */
export class ApiDocument {
  readonly operations: Operation[]
  private readonly ajv = new Ajv({ strict: true, allErrors: true, formats: { 'date-time': instant, double: true } })
  private readonly compiled = new Map<string, ValidateFunction>()

  private constructor(readonly whole: OpenApi) {
    this.operations = Object.entries(whole.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([verb, operation]) => {
        const method = verb.toUpperCase()
        return { ...operation, parameters: operation.parameters ?? [], name: `${method} ${path}`, method, path }
      }),
    )
    this.ajv.addVocabulary(['example', 'xml'])
    for (const [name, schema] of Object.entries(whole.components.schemas)) this.ajv.addSchema(strictly(schema), name)
  }

  static async read(): Promise<ApiDocument> {
    return new ApiDocument(JSON.parse(await openApiDocument()) as OpenApi)
  }

  /** What `body` has that the schema doesn't say, and the other way round; empty: all is well. */
  faults(schema: Schema, body: unknown): string[] {
    const key = JSON.stringify(schema)
    const validate = this.compiled.get(key) ?? this.ajv.compile(strictly(schema))
    this.compiled.set(key, validate)
    if (validate(body)) return []
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || 'body'} ${message} ${JSON.stringify(params)}`,
    )
  }

  /** The schema of a header that a response is said to have. */
  header({ $ref, schema }: { $ref?: string; schema?: Schema }): Schema {
    const found = $ref ? this.whole.components.headers[$ref.replace('#/components/headers/', '')]?.schema : schema
    if (!found) throw new Error(`the document has no header ${$ref}`)
    return found
  }
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

/** An OpenAPI 3.0 schema as JSON Schema, where an object has no members but those it names. */
function strictly(schema: Schema): Schema {
  const { nullable, $ref, ...rest } = schema
  if ($ref) return { $ref: $ref.replace('#/components/schemas/', '') }
  const converted: Schema = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, member(key, value)]))
  if (converted.properties) converted.additionalProperties ??= false
  return nullable ? { anyOf: [converted, { type: 'null' }] } : converted
}

function member(key: string, value: unknown): unknown {
  if (key === 'properties') {
    return Object.fromEntries(Object.entries(value as Record<string, Schema>).map(([name, of]) => [name, strictly(of)]))
  }
  if (Array.isArray(value) && ['allOf', 'anyOf', 'oneOf'].includes(key)) return value.map(of => strictly(of as Schema))
  const isSchema = ['items', 'additionalProperties', 'not'].includes(key) && typeof value === 'object'
  return isSchema ? strictly(value as Schema) : value
}
