import { applyDecorators } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger'
import { InstanceBody } from './instance.dto.js'

const tags = { name: 'tags[]', isArray: true, type: String, description: 'All that an instance must carry' }
const words = { name: 'searchText', type: String, description: 'In name, element key or a tag' }
const hydrate = { name: 'hydrate', schema: { type: 'boolean' as const, default: true } }
const pageSize = { name: 'pageSize', schema: { type: 'integer' as const, minimum: 1, default: 200 } }
const nextPage = { name: 'nextPage', type: String, description: 'Elements-Next-Page-Token of the page before' }

/** What the OpenAPI document says of a call that lists instances. */
export function InstanceListing(summary: string): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ApiQuery({ ...tags, required: false }),
    ApiQuery({ ...words, required: false }),
    ApiQuery({ ...hydrate, required: false, description: 'false: without configuration and element' }),
    ApiQuery({ ...pageSize, required: false, description: 'More than 200 is 200' }),
    ApiQuery({ ...nextPage, required: false }),
    ApiOkResponse({ type: [InstanceBody] }),
  )
}
