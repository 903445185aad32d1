import { eventTypes } from '#events'
import { applyDecorators } from '@nestjs/common'
import { ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger'
import { eventStatuses } from './event-status.js'
import { EventBody } from './event.dto.js'

const dateTime = { type: 'string' as const, format: 'date-time' }
const size = { type: 'integer' as const, minimum: 1, default: 200 }

/** What the OpenAPI document says of a call that looks at a time: `from` and `to`, each described. */
export function TimeRange(from: string, to: string): MethodDecorator {
  return applyDecorators(
    ApiQuery({ name: 'from', required: false, schema: dateTime, description: from }),
    ApiQuery({ name: 'to', required: false, schema: dateTime, description: to }),
  )
}

/** What the OpenAPI document says of a call that gives its list in pages. */
export function Paged(): MethodDecorator {
  const token = 'Elements-Next-Page-Token of the page before'
  return applyDecorators(
    ApiQuery({ name: 'pageSize', required: false, schema: size, description: 'More than 200 is 200' }),
    ApiQuery({ name: 'nextPage', required: false, type: String, description: token }),
  )
}

/** What the OpenAPI document says of a call that lists an instance's events. */
export function EventListing(summary: string): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    TimeRange('Stored at or after', 'Stored before'),
    ApiQuery({ name: 'objectType', required: false, type: String }),
    ApiQuery({ name: 'eventType', required: false, enum: eventTypes }),
    ApiQuery({ name: 'status', required: false, enum: eventStatuses }),
    Paged(),
    ApiOkResponse({ type: [EventBody] }),
  )
}
