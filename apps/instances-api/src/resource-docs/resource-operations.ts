import type { Connector, ResourceAbilities, ResourceInfo } from '#connectors'
import type { SwaggerDocument, SwaggerOperation, SwaggerParameter, SwaggerSchema } from './swagger.js'

/** The calls of one resource, by path: what its definition can answer, and nothing else. */
export function resourcePaths(connector: Connector, resource: ResourceInfo): SwaggerDocument['paths'] {
  const { name, canGet } = resource
  const abilities = connector.abilities(name)
  if (!abilities) return {}
  const listing = operationOf(connector, resource, `get${pascal(name)}`, listParameters(abilities), true)
  if (!abilities.parent) {
    const one = operationOf(connector, resource, `get${pascal(name)}ById`, [idParameter('id', name), fields], false)
    return { [`/${name}`]: { get: listing }, ...(canGet && { [`/${name}/{id}`]: { get: one } }) }
  }
  const { resource: parent } = abilities.parent
  // Over all parents no page can be begun with by its number.
  const overAll = { ...listing, parameters: listing.parameters.filter(parameter => parameter.name !== 'page') }
  const parentId = idParameter('id', parent)
  const operationId = `get${pascal(parent)}ById${pascal(name)}`
  const ofOne = { ...listing, operationId, parameters: [parentId, ...listing.parameters] }
  const singleParameters = [parentId, idParameter('childId', name), fields]
  const single = operationOf(connector, resource, `${operationId}ById`, singleParameters, false)
  return {
    [`/${name}`]: { get: overAll },
    [`/${parent}/{id}/${name}`]: { get: ofOne },
    ...(canGet && { [`/${parent}/{id}/${name}/{childId}`]: { get: single } }),
  }
}

const fields: SwaggerParameter = {
  ...{ name: 'fields', in: 'query', type: 'string', required: false },
  description: 'Members to show, separated by commas. Default: all',
}

function listParameters({ filters, alternatives, orderBy, ...paging }: ResourceAbilities): SwaggerParameter[] {
  const { pageSize, numberedPages, nextPage, parameters } = paging
  const filtered = Object.entries(filters).map(([name, { operators }]) => `${name} (${operators.join(' ')})`)
  const joined = alternatives ? 'AND and OR' : 'AND'
  return [
    ...(filtered.length > 0 ? [text('where', `CEQL, joined by ${joined}, of: ${filtered.join(', ')}`)] : []),
    ...(orderBy.length > 0 ? [text('orderBy', `One field, and asc or desc, of: ${orderBy.join(', ')}`)] : []),
    ...(pageSize ? [{ ...count('pageSize'), default: pageSize.default, maximum: pageSize.max }] : []),
    ...(numberedPages ? [count('page')] : []),
    ...(nextPage ? [text('nextPage', 'Elements-Next-Page-Token of the page before')] : []),
    fields,
    ...parameters.map(name => text(name, "The vendor's own")),
  ]
}

function text(name: string, description: string): SwaggerParameter {
  return { name, in: 'query', type: 'string', required: false, description }
}

function count(name: string): SwaggerParameter {
  return { name, in: 'query', type: 'integer', required: false, minimum: 1 }
}

function idParameter(name: string, resource: string): SwaggerParameter {
  return { name, in: 'path', type: 'string', required: true, description: `The id of one of ${resource}` }
}

const pageHeaders = {
  'Elements-Next-Page-Token': { type: 'string' },
  'Elements-Returned-Count': { type: 'integer' },
  'Elements-Total-Count': { type: 'integer' },
}

function operationOf(
  { definition }: Connector,
  { name, description }: ResourceInfo,
  operationId: string,
  parameters: SwaggerParameter[],
  isList: boolean,
): SwaggerOperation {
  const one: SwaggerSchema = { $ref: `#/definitions/${name}` }
  const schema = isList ? { type: 'array', items: one } : one
  return {
    operationId,
    summary: `${isList ? `${name} of ${definition.name}` : `One of ${name}`}${description ? `: ${description}` : ''}`,
    tags: [name],
    parameters,
    responses: {
      200: { description: 'As the vendor sends it', schema, ...(isList && { headers: pageHeaders }) },
      400: { description: "What the vendor can't be asked" },
      401: { description: 'The secrets, or the credentials at the vendor, are not taken' },
      403: { description: 'The instance is disabled, or the vendor does not allow it' },
      404: { description: 'There is no such thing' },
      429: { description: 'The vendor takes no more requests for now; see Retry-After' },
      502: { description: 'The vendor fails' },
    },
  }
}

function pascal(name: string): string {
  return name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
}
