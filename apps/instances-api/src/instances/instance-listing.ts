import { applyDecorators } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { InstanceBody } from './instance.dto.js'
import type { InstancePage } from './instances.service.js'

const tags = { name: 'tags[]', isArray: true, type: String, description: 'All that an instance must carry' }
const words = { name: 'searchText', type: String, description: 'In name, element key or a tag' }
const hydrate = { name: 'hydrate', schema: { type: 'boolean' as const, default: true } }
const pageSize = { name: 'pageSize', schema: { type: 'integer' as const, minimum: 1, default: 200 } }
const nextPage = { name: 'nextPage', type: String, description: 'Elements-Next-Page-Token of the page before' }
const totalCount = {
  description: 'How many there are on all pages; absent beyond 10,000, and with `searchText`',
  schema: { type: 'integer' as const, minimum: 0 },
}

/** What the OpenAPI document says of a call that lists instances. */
export function InstanceListing(summary: string): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ApiQuery({ ...tags, required: false }),
    ApiQuery({ ...words, required: false }),
    ApiQuery({ ...hydrate, required: false, description: 'false: without configuration and element' }),
    ApiQuery({ ...pageSize, required: false, description: 'More than 200 is 200' }),
    ApiQuery({ ...nextPage, required: false }),
    ApiOkResponse({ type: [InstanceBody], headers: { 'Elements-Total-Count': totalCount } }),
  )
}

/** The page's instances, and what its headers say of the others. */
export function sendPage(reply: FastifyReply, { instances, next, total }: InstancePage): InstanceBody[] {
  if (next !== null) reply.header('Elements-Next-Page-Token', next)
  if (total !== null) reply.header('Elements-Total-Count', total)
  return instances
}
