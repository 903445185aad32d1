import type { FilterDefinition, FilterField, JsonTemplate, ListingDefinition } from '../../definition.js'

/** What `POST /<resource>/search` and the lists that page by cursor have in common. */
export const body: { [member: string]: JsonTemplate } = { query: { operator: 'AND', value: [] } }

/** In a search the cursor has to be in the body: in the query string it is ignored, and the first page comes again. */
export const searchPaging = {
  paging: {
    style: 'cursor',
    next: 'pages.next.starting_after',
    into: 'body',
    parameter: 'pagination.starting_after',
  },
  pageSize: { into: 'body', parameter: 'pagination.per_page', default: 150, max: 150 },
  total: 'total_count',
} as const satisfies Partial<ListingDefinition>

export const listPaging = {
  paging: { style: 'cursor', next: 'pages.next.starting_after', into: 'query', parameter: 'starting_after' },
  pageSize: { into: 'query', parameter: 'per_page', default: 150, max: 150 },
  total: 'total_count',
} as const satisfies Partial<ListingDefinition>

function condition(operator: string, value = '{value}'): { [member: string]: JsonTemplate } {
  return { field: '{field}', operator, value }
}

export function searchFilter(fields: Record<string, FilterField>): FilterDefinition {
  return {
    into: 'body',
    conditions: 'query.value',
    operators: {
      '=': condition('='),
      '!=': condition('!='),
      '>': condition('>'),
      '<': condition('<'),
      IN: condition('IN', '{values}'),
      CONTAINS: condition('~'),
      'STARTS WITH': condition('^'),
      'ENDS WITH': condition('$'),
    },
    // At most 15 in a group, and groups within the outer one only.
    anyOf: { operator: 'OR', value: '{conditions}' },
    atMost: 15,
    fields,
    // A search wants a condition.
    matchAll: { field: 'created_at', operator: '>', value: 0 },
  }
}

export function searchOrder(...fields: string[]) {
  return {
    fields: Object.fromEntries(fields.map(field => [field, field])),
    into: 'body',
    template: { sort: { field: '{field}', order: '{direction}' } },
    directions: { asc: 'ascending', desc: 'descending' },
  } as const satisfies ListingDefinition['orderBy']
}

/**
 * Compared to the second, but `>` and `<` are documented as "(or equal)" in one place and not in another: asked with a
 * second to spare and compared again.
 */
export const dateToTheSecond: FilterField = {
  type: 'date',
  format: 'timestamp',
  granularity: 'second',
  inexact: true,
  operators: ['>', '<'],
}

/** Compared by whole days of the workspace's own zone: `>` begins with the day after its value's, `<` ends before it. */
export const dateToTheDay: FilterField = {
  type: 'date',
  format: 'timestamp',
  granularity: 'day',
  timeZone: 'account',
  operators: ['>', '<'],
}

export const text: FilterField = {}
export const number: FilterField = { type: 'number' }
export const flag: FilterField = { type: 'boolean', operators: ['=', '!='] }
