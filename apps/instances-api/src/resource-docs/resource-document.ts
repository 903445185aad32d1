import type { Connector } from '#connectors'
import { knownMembers } from './known-members.js'
import { resourcePaths } from './resource-operations.js'
import type { SwaggerDocument, SwaggerSchema } from './swagger.js'

/** What an element's hub resources can be asked for, out of its definition. */
export function resourceDocument(connector: Connector, publicUrl: string): SwaggerDocument {
  const { name, description, hub } = connector.definition
  const { host, protocol, pathname } = new URL(publicUrl)
  const { resources } = connector
  const paths: SwaggerDocument['paths'] = { '/objects': { get: objects } }
  for (const resource of resources) Object.assign(paths, resourcePaths(connector, resource))
  return {
    swagger: '2.0',
    info: { title: name, description, version: 'api-v2' },
    host,
    basePath: `${pathname.replace(/\/$/, '')}/elements/api-v2/hubs/${hub}`,
    schemes: [protocol.replace(':', '')],
    consumes: ['application/json'],
    produces: ['application/json'],
    securityDefinitions: {
      secrets: {
        ...{ type: 'apiKey', name: 'Authorization', in: 'header' },
        description: 'User <secret>, Element <token>',
      },
    },
    security: [{ secrets: [] }],
    tags: resources.map(resource => ({ name: resource.name, description: resource.description ?? '' })),
    paths,
    definitions: Object.fromEntries(resources.map(resource => [resource.name, schemaOf(connector, resource.name)])),
  }
}

const objects = {
  ...{ operationId: 'getObjects', summary: 'The names of the resources', tags: ['objects'], parameters: [] },
  responses: { 200: { description: 'Names', schema: { type: 'array', items: { type: 'string' } } } },
}

function schemaOf(connector: Connector, name: string): SwaggerSchema {
  const schema: SwaggerSchema = { type: 'object', properties: {}, additionalProperties: true }
  for (const { path, type, format } of knownMembers(connector, name)) {
    const description = type === 'date' ? `A date${format === undefined ? '' : `: ${format}`}` : 'An id'
    let here = schema
    // Without a type: one vendor's ids are numbers, another's texts.
    for (const member of path.split('.')) here = (here.properties ??= {})[member] ??= {}
    here.description = description
  }
  return schema
}
