import { applyDecorators, UseGuards } from '@nestjs/common'
import { ApiSecurity, ApiUnauthorizedResponse } from '@nestjs/swagger'
import { ErrorBody } from '../errors/error.dto.js'
import { AuthorizationGuard } from './authorization.guard.js'

/** Only for who says who they are: `Authorization: User …, Organization …[, Element …]`. */
export function Authorized(): ClassDecorator & MethodDecorator {
  return applyDecorators(
    UseGuards(AuthorizationGuard),
    ApiSecurity('secrets'),
    ApiUnauthorizedResponse({ type: ErrorBody, description: 'A secret is missing or wrong' }),
  )
}
