import type { ListingDefinition, ResourceDefinition } from '../definition.js'
import type { ResourceAbilities } from '../session.js'
import { knownOperators } from './conditions.js'
import { isNumbered } from './paging.js'

/** What a resource's listings can be asked for, taken together. */
export function abilitiesOf({ listings, parent }: ResourceDefinition): ResourceAbilities {
  const pageSizes = listings.flatMap(({ pageSize }) => pageSize ?? [])
  return {
    filters: Object.assign({}, ...listings.map(filtersOf)) as ResourceAbilities['filters'],
    alternatives: listings.some(({ filter }) => filter?.anyOf !== undefined),
    orderBy: [...new Set(listings.flatMap(ordersOf))],
    pageSize: pageSizes[0]
      ? { default: pageSizes[0].default, max: Math.max(...pageSizes.map(({ max }) => max)) }
      : null,
    // Over all parents, nobody knows where a page of their children begins.
    numberedPages: listings.some(({ paging }) => isNumbered(paging)),
    nextPage: parent !== undefined || listings.some(({ paging }) => paging.style !== 'none'),
    parameters: [...new Set(listings.flatMap(({ parameters = [] }) => parameters))],
    parent: parent ?? null,
  }
}

function filtersOf({ filter }: ListingDefinition): ResourceAbilities['filters'] {
  return Object.fromEntries(
    Object.entries(filter?.fields ?? {}).map(([name, field]) => [
      name,
      { type: field.type ?? 'text', operators: filter ? knownOperators(filter, field) : [] },
    ]),
  )
}

function ordersOf({ orderBy, order }: ListingDefinition): string[] {
  return [...Object.keys(orderBy?.fields ?? {}), ...(order === undefined || orderBy ? [] : [order])]
}
