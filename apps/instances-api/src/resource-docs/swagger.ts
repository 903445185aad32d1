/** As much of Swagger 2.0 as these documents use: the version that clients of the emulated API read. */
export interface SwaggerDocument {
  swagger: '2.0'
  info: { title: string; description: string; version: string }
  host: string
  basePath: string
  schemes: string[]
  consumes: string[]
  produces: string[]
  securityDefinitions: Record<string, object>
  security: Record<string, string[]>[]
  tags: { name: string; description: string }[]
  paths: Record<string, { get: SwaggerOperation }>
  definitions: Record<string, SwaggerSchema>
}

export interface SwaggerOperation {
  operationId: string
  summary: string
  tags: string[]
  parameters: SwaggerParameter[]
  responses: Record<string, { description: string; schema?: SwaggerSchema; headers?: Record<string, object> }>
}

export interface SwaggerParameter {
  name: string
  in: 'path' | 'query'
  type: 'string' | 'integer'
  required: boolean
  description?: string
  minimum?: number
  maximum?: number
  default?: number
}

export interface SwaggerSchema {
  $ref?: string
  type?: string
  description?: string
  items?: SwaggerSchema
  properties?: Record<string, SwaggerSchema>
  additionalProperties?: boolean
}

/** The document with one of its operations and what that needs; null: it has no such operation. */
export function ofOperation(document: SwaggerDocument, operationId: string): SwaggerDocument | null {
  const paths = Object.entries(document.paths).filter(([, { get }]) => get.operationId === operationId)
  if (paths.length === 0) return null
  const text = JSON.stringify(paths)
  const needed = Object.entries(document.definitions).filter(([name]) => text.includes(`"#/definitions/${name}"`))
  return { ...document, paths: Object.fromEntries(paths), definitions: Object.fromEntries(needed) }
}
