import { applyDecorators, UseGuards, UseInterceptors } from '@nestjs/common'
import { ApiSecurity, ApiUnauthorizedResponse } from '@nestjs/swagger'
import { ErrorBody } from '../errors/error.dto.js'
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js'
import { AuthorizationGuard } from './authorization.guard.js'

/**
 * Only for who says who they are: `Authorization: User …, Organization …[, Element …]`. A POST that comes again with its
 * `Idempotency-Key` is answered as the first time.
 */
export function Authorized(): ClassDecorator & MethodDecorator {
  return applyDecorators(
    UseGuards(AuthorizationGuard),
    UseInterceptors(IdempotencyInterceptor),
    ApiSecurity('secrets'),
    ApiUnauthorizedResponse({ type: ErrorBody, description: 'A secret is missing or wrong' }),
  )
}
