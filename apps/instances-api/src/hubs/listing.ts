import { applyDecorators } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger'

const texts: [string, string][] = [
  [
    'where',
    "CEQL, with AND, OR and parentheses: `email='a@b.example' and updated_at>='2026-01-31T00:00:00Z'`; what the vendor can't answer is 400",
  ],
  ['orderBy', '`updated_at desc`, where the vendor can order by it'],
  ['nextPage', 'Elements-Next-Page-Token of the page before; the rest of the query need not be repeated'],
]

/** Whose records an answer holds. */
export const instanceHeader = {
  'elements-element-instance-id': {
    description: 'The instance whose vendor was asked',
    schema: { type: 'integer' as const },
  },
}

const totalCount = {
  description: 'How many there are on all pages, where the vendor tells',
  schema: { type: 'integer' as const },
}

/** The members to show. */
export const fields = {
  name: 'fields',
  type: String,
  required: false,
  description: 'Members to show, separated by commas; a dot leads into objects: `id,email,location.city`. Default: all',
}

/** What the OpenAPI document says of a call that lists records. */
export function Listing(summary: string): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ...texts.map(([name, description]) => ApiQuery({ name, type: String, required: false, description })),
    ApiQuery(fields),
    ApiQuery({
      ...{ name: 'page', required: false, schema: { type: 'integer', minimum: 1 } },
      description: 'Where the vendor counts its pages or rows',
    }),
    ApiQuery({
      ...{ name: 'pageSize', required: false, schema: { type: 'integer', minimum: 1 } },
      description: "Default and limit are the vendor's",
    }),
    ApiOkResponse({
      headers: { ...instanceHeader, 'Elements-Total-Count': totalCount },
      description:
        'Its headers Elements-Next-Page-Token, Elements-Returned-Count and Elements-Total-Count tell of the page',
      schema: { type: 'array', items: { type: 'object', additionalProperties: true } },
    }),
  )
}
