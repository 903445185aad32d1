import type { Connector } from '#connectors'
import { applyDecorators } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger'
import { pageToken, readPage } from '../instances/instance-page.js'
import { notFound } from '../errors/refusal.js'
import { ElementWithConfiguration } from './element.dto.js'
import { elementView, elementWithConfiguration } from './element-view.js'

export interface ElementPage {
  elements: Omit<ElementWithConfiguration, 'configuration'>[]
  total: number
  /** Leads to the page after this one. */
  next: string | null
}

/**
 * The elements that `GET /elements` was asked for, by id. Words that no element has are 404, as for instances.
 * @throws Refused (invalid, not-found)
 */
export function listElements(connectors: readonly Connector[], query: Readonly<Record<string, unknown>>): ElementPage {
  const { searchText, hydrate, pageSize, afterId = 0 } = readPage(query)
  const found = connectors.filter(connector => searchText === undefined || hasWords(connector, searchText))
  if (searchText !== undefined && found.length === 0) throw notFound(`An element with ${JSON.stringify(searchText)}`)
  const following = found.filter(({ definition }) => definition.id > afterId).sort(byId)
  const page = following.slice(0, pageSize)
  const last = page.at(-1)
  return {
    elements: page.map(hydrate ? elementWithConfiguration : elementView),
    total: found.length,
    next: last && following.length > page.length ? pageToken(last.definition.id) : null,
  }
}

function hasWords({ definition: { key, name, description } }: Connector, searchText: string): boolean {
  const wanted = searchText.toLowerCase()
  return [key, name, description].some(text => text.toLowerCase().includes(wanted))
}

function byId(one: Connector, other: Connector): number {
  return one.definition.id - other.definition.id
}

const totalCount = { description: 'How many there are on all pages', schema: { type: 'integer' as const, minimum: 0 } }

/** What the OpenAPI document says of the list of elements. */
export function ElementListing(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'The elements, by id, with their configuration fields' }),
    ApiQuery({ name: 'searchText', type: String, required: false, description: 'In key, name or description' }),
    ApiQuery({
      ...{ name: 'hydrate', schema: { type: 'boolean', default: true }, required: false },
      description: 'false: without configuration',
    }),
    ApiQuery({
      ...{ name: 'pageSize', schema: { type: 'integer', minimum: 1, default: 200 }, required: false },
      description: 'More than 200 is 200',
    }),
    ApiQuery({
      ...{ name: 'nextPage', type: String, required: false },
      description: 'Elements-Next-Page-Token of the page before',
    }),
    ApiOkResponse({ type: [ElementWithConfiguration], headers: { 'Elements-Total-Count': totalCount } }),
  )
}
