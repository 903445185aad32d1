import { applyDecorators, UseInterceptors } from '@nestjs/common'
import { ApiDefaultResponse } from '@nestjs/swagger'
import { ErrorBody } from './error.dto.js'
import { RequestIdInterceptor } from './request-id.interceptor.js'
import { ReturnedCountInterceptor } from './returned-count.interceptor.js'

/** What every controller of this API has: the request's id on answers, the length on lists, the documented error body. */
export function ElementsApi(): ClassDecorator {
  return applyDecorators(
    UseInterceptors(RequestIdInterceptor, ReturnedCountInterceptor),
    ApiDefaultResponse({ type: ErrorBody, description: 'Any error' }),
  )
}
