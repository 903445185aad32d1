import { applyDecorators, UseInterceptors } from '@nestjs/common'
import { ApiDefaultResponse } from '@nestjs/swagger'
import { ErrorBody } from './error.dto.js'
import { RequestIdInterceptor } from './request-id.interceptor.js'

/** What every controller of this API has: the request's id on its answers, and the documented error body. */
export function ElementsApi(): ClassDecorator {
  return applyDecorators(
    UseInterceptors(RequestIdInterceptor),
    ApiDefaultResponse({ type: ErrorBody, description: 'Any error' }),
  )
}
